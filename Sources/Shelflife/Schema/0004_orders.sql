-- Lists that are read along an index, so that a page costs what it shows. The order of names is the ICU library's: the process makes this
-- index anew when it meets another version of it.
create index product_by_name on product (name collate "und-x-icu", id);
