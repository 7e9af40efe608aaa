/**
 * [M7] Words of any language, without a stemmer or an extension, and the same whatever the locale of the
 * database: see docs/decisions/search.md. Text and query go through the same functions.
 */

/** Marks that a search does without: accents, points of Hebrew and Arabic, viramas, joiners. */
const marks = [
  String.raw`\u0300-\u036f\u0483-\u0487\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff`,
  String.raw`\u0591-\u05bd\u05bf\u05c1\u05c2\u05c4\u05c5\u05c7`,
  String.raw`\u0610-\u061a\u0640\u064b-\u065f\u0670\u06d6-\u06dc\u06df-\u06e4\u06e7\u06e8\u06ea-\u06ed`,
  String.raw`\u093c\u094d\u09bc\u09cd\u0a3c\u0a4d\u0abc\u0acd\u0b3c\u0b4d\u0bcd\u0c3c\u0c4d\u0cbc\u0ccd`,
  String.raw`\u0d3b\u0d3c\u0d4d\u0dca\u00ad\u200c\u200d\u2060\ufe00-\ufe0f`,
].join('')

/** Scripts that put no spaces between words, and Korean, whose words take endings: Thai, Lao, Burmese, Khmer, Hangul, kana, bopomofo, Han. */
const unspaced = [
  String.raw`\u0e00-\u0eff\u1000-\u1049\u1050-\u109f\ua9e0-\ua9ff\uaa60-\uaa7f\u1780-\u17d3\u17d7-\u17e9`,
  String.raw`\u1100-\u11ff\ua960-\ua97f\uac00-\ud7ff`,
  String.raw`\u3005-\u3007\u3041-\u3096\u309d-\u309f\u30a1-\u30fa\u30fc-\u30ff\u31f0-\u31ff\U0001b000-\U0001b16f`,
  String.raw`\u3105-\u312f\u31a0-\u31bf\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff`,
].join('')

export const statements = [
  // What two spellings of a word have in common. The collation is PostgreSQL's own, for any locale. Some
  // characters stand for many, so it is cut.
  `create function search_fold_v1(p_text text)
  returns text language plpgsql immutable parallel safe as $$
  begin
    if octet_length(p_text) = length(p_text) then return lower(p_text collate pg_c_utf8); end if;
    return left(replace(replace(replace(
      translate(
        lower(normalize(regexp_replace(normalize(p_text, nfkd), '[${marks}]+', '', 'g'), nfkc) collate pg_c_utf8),
        'ςıøłđ٠١٢٣٤٥٦٧٨٩۰۱۲۳۴۵۶۷۸۹०१२३४५६७८९', 'σiold012345678901234567890123456789'),
      'ß', 'ss'), 'æ', 'ae'), 'œ', 'oe'), 8000);
  end $$`,

  // The words of a text. Where words have no spaces between them, each character stands with the one
  // after it, so that any part of such a text is found: as is_pair, but for the last one, which stands alone.
  `create function search_words_v1(p_text text)
  returns table (place bigint, word text, is_unspaced boolean, is_pair boolean)
  language sql immutable parallel safe as $$
    select row_number() over (order by w.n, w.i), w.word, w.is_unspaced, w.is_pair
      from (select p.n, c.i, c.character || coalesce(c.next, '') as word, p.is_unspaced,
                   c.next is not null as is_pair
              from (select m.part[1] as part, m.n, m.part[1] ~ '^[${unspaced}]' as is_unspaced
                      from regexp_matches(
                             regexp_replace(search_fold_v1(p_text), '[${unspaced}]+', ' \\& ', 'g')
                               collate pg_c_utf8,
                             '[[:alnum:]${unspaced}]+', 'g') with ordinality as m(part, n)) p
             cross join lateral (
               select case when p.is_unspaced then string_to_array(p.part, null)
                           else array[left(p.part, 64)] end as characters) a
             cross join lateral unnest(a.characters, a.characters[2:])
                     with ordinality as c(character, next, i)) w
  $$`,
  `create function search_vector_v1(p_text text)
  returns tsvector language plpgsql immutable parallel safe as $$
  begin
    return cast((
      select string_agg('''' || w.word || ''':' || w.place, ' ')
        from search_words_v1(p_text) w) as tsvector);
  end $$`,
  // A phrase of a query, which may be one word; null when there is no word in it. An unspaced character
  // by itself finds all that begins with it, as the last word does when it is still being typed.
  `create function search_phrase_v1(p_text text, p_is_open boolean)
  returns tsquery language plpgsql immutable parallel safe as $$
  begin
    return cast((
      select string_agg(
               coalesce('<' || w.place - w.place_before || '> ', '') || '''' || w.word || ''''
               || case when w.is_unspaced and not w.is_pair
                         or p_is_open and w.is_last and not w.is_unspaced and length(w.word) > 1
                       then ':*' else '' end,
               ' ' order by w.place)
        from (select x.*, lag(x.place) over (order by x.place) as place_before,
                     lead(x.place) over (order by x.place) is null as is_last
                from (select y.*, lag(y.is_pair) over (order by y.place) as follows_pair
                        from search_words_v1(p_text) y) x
               -- The last character of several is in the pair before it.
               where x.is_pair or not coalesce(x.follows_pair, false)) w) as tsquery);
  end $$`,
  /*
   * p_query is a JSON array of alternatives, each an array of {text, without?, open?}: phrases that a
   * message must have, must not have, and whose last word is still being typed. null when there is no
   * word to look for: an alternative that only says what must not be there would be all there is.
   */
  `create function search_query_v1(p_query text)
  returns tsquery language plpgsql immutable as $$
  declare
    v_alternative jsonb;
    v_phrase record;
    v_with tsquery;
    v_without tsquery;
    v_query tsquery;
  begin
    for v_alternative in select a.value from jsonb_array_elements(cast(p_query as jsonb)) a loop
      v_with := null;
      v_without := null;
      for v_phrase in
        select search_phrase_v1(x.text, coalesce(x.open, false)) as words, coalesce(x.without, false) as without
          from jsonb_to_recordset(v_alternative) as x(text text, without boolean, open boolean)
      loop
        continue when v_phrase.words is null;
        if v_phrase.without then
          v_without := coalesce(v_without || v_phrase.words, v_phrase.words);
        else
          v_with := coalesce(v_with && v_phrase.words, v_phrase.words);
        end if;
      end loop;
      v_with := coalesce(v_with && !!v_without, v_with);
      v_query := coalesce(v_query || v_with, v_query, v_with);
    end loop;
    return v_query;
  end $$`,

  // Kept up to date by whatever writes a text; of a deleted message it is null.
  `alter table messages add column search tsvector generated always as (search_vector_v1(text)) stored`,
  // [M7] Messages by their words.
  `create index messages_search on messages using gin (search)`,
]
