"""Filters: which records a smart list shows, what a stage's exit and a lead's qualification ask for.

parse(text, catalogue) -> Filter        the tree, which writes itself back as text
holds(filter, record, context) -> bool  of a record as its JSON shows it
failing(filter, record, context)        which of its parts do not hold
"""

from sell_model.filters.catalogue import catalogue as catalogue
from sell_model.filters.days import Context as Context
from sell_model.filters.fields import Catalogue as Catalogue
from sell_model.filters.fields import Field as Field
from sell_model.filters.fields import Person as Person
from sell_model.filters.holding import failing as failing
from sell_model.filters.holding import holds as holds
from sell_model.filters.parse import parse as parse
from sell_model.filters.tree import Filter as Filter
from sell_model.filters.tree import comparisons as comparisons
from sell_model.filters.tree import conditions as conditions
from sell_model.filters.tree import with_custom_field_renamed as with_custom_field_renamed
from sell_model.filters.tree import with_value_renamed as with_value_renamed
