"""What a form says by itself, in English and in Chinese, and the questions that it knows how to ask."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, TypeAlias

Language: TypeAlias = Literal["en", "zh"]
LANGUAGES: tuple[Language, ...] = ("en", "zh")
Kind: TypeAlias = Literal["text", "email", "tel", "url", "long", "choice", "tick"]

LINE, PARAGRAPH = 255, 5_000
"""Characters of an answer."""


@dataclass(frozen=True, slots=True)
class Known:
    """A question that a form can ask by its name alone."""

    en: str
    zh: str
    kind: Kind = "text"
    autocomplete: str = "off"
    """By which browsers fill it in. Source: HTML standard, autofill field names."""


KNOWN: dict[str, Known] = {
    "first_name": Known("First name", "名字", autocomplete="given-name"),
    "last_name": Known("Last name", "姓氏", autocomplete="family-name"),
    "name": Known("Name", "姓名", autocomplete="name"),
    "email": Known("E-mail", "电子邮箱", "email", "email"),
    "phone": Known("Phone", "电话", "tel", "tel"),
    "mobile": Known("Mobile phone", "手机", "tel", "tel"),
    "company": Known("Company", "公司", autocomplete="organization"),
    "job_title": Known("Job title", "职位", autocomplete="organization-title"),
    "website": Known("Website", "网站", "url", "url"),
    "street": Known("Street and number", "街道地址", autocomplete="street-address"),
    "city": Known("City", "城市", autocomplete="address-level2"),
    "postal_code": Known("Postal code", "邮政编码", autocomplete="postal-code"),
    "state": Known("State or region", "省/州", autocomplete="address-level1"),
    "country": Known("Country", "国家/地区", autocomplete="country-name"),
    "message": Known("Message", "留言", "long"),
}

SAID: Mapping[str, Mapping[Language, str]] = {
    "title": {"en": "Contact us", "zh": "联系我们"},
    "button": {"en": "Send", "zh": "提交"},
    "thanks_title": {"en": "Thank you", "zh": "谢谢"},
    "thanks": {"en": "We have your message and will be in touch soon.", "zh": "我们已收到您的留言，会尽快与您联系。"},
    "required": {"en": "required", "zh": "必填"},
    "optional": {"en": "optional", "zh": "选填"},
    "privacy": {"en": "Privacy notice", "zh": "隐私声明"},
    "choose": {"en": "Please choose", "zh": "请选择"},
    "problem": {"en": "Something is missing or wrong", "zh": "有些内容缺失或有误"},
    "error": {"en": "Error", "zh": "错误"},
    "leave": {"en": "Leave this empty", "zh": "请将此处留空"},
    "missing": {"en": "Please fill this in.", "zh": "请填写此项。"},
    "not_ticked": {"en": "Please tick this to go on.", "zh": "请勾选此项后继续。"},
    "bad_email": {
        "en": "This is not an e-mail address, such as name@example.com.",
        "zh": "邮箱格式不正确，例如 name@example.com。",
    },
    "too_long": {"en": "This is too long; please shorten it.", "zh": "内容过长，请缩短。"},
    "not_offered": {"en": "Please choose one of the answers.", "zh": "请选择列出的选项之一。"},
    "unreadable": {"en": "This holds characters that cannot be stored.", "zh": "包含无法保存的字符。"},
    "early": {
        "en": "That was very fast. Please check your answers and send them again.",
        "zh": "提交过快。请检查后再次提交。",
    },
    "stale": {
        "en": "This page was open for too long. Nothing is lost: please send it again.",
        "zh": "页面打开时间过长。内容已保留，请再次提交。",
    },
    "often": {
        "en": "Too many messages came from your network. Please try again later.",
        "zh": "您的网络提交次数过多，请稍后再试。",
    },
    "later": {"en": "This cannot be sent just now. Please try again in a minute.", "zh": "暂时无法提交，请稍后再试。"},
}
"""Key → what is said."""


def said(key: str, language: Language) -> str:
    """Give what a form says by itself."""
    return SAID[key][language]
