"""Instalments: one contract, many dated deals, one sum."""
