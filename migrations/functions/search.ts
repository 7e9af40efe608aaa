/**
 * Search [M7]: words of any language, without a stemmer or an extension, and the same whatever the locale of the
 * database is (docs/decisions/search.md). Text and query go through the same functions. Words are indexed together with
 * the scope of their readers. So the cost of a search depends on what the caller may read, not on the rooms of others.
 */
/**
 * Marks that a search ignores: accents, points of Hebrew and Arabic, viramas, joiners, variation selectors and skin
 * tones of emojis.
 */
const marks = [
  String.raw`\u0300-\u036f\u0483-\u0487\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff`,
  String.raw`\u0591-\u05bd\u05bf\u05c1\u05c2\u05c4\u05c5\u05c7`,
  String.raw`\u0610-\u061a\u0640\u064b-\u065f\u0670\u0674\u06d6-\u06dc\u06df-\u06e4\u06e7\u06e8\u06ea-\u06ed`,
  String.raw`\u093c\u094d\u09bc\u09cd\u0a3c\u0a4d\u0abc\u0acd\u0b3c\u0b4d\u0bcd\u0c3c\u0c4d\u0cbc\u0ccd`,
  String.raw`\u0d3b\u0d3c\u0d4d\u0dca\u00ad\u200c\u200d\u2060\ufe00-\ufe0f\U0001f3fb-\U0001f3ff`,
].join('')

/**
 * Scripts without spaces between words, and Korean, whose words have endings: Thai, Lao, Burmese, Khmer, Hangul, kana,
 * bopomofo, Han.
 */
const unspaced = [
  String.raw`\u0e00-\u0eff\u1000-\u1049\u1050-\u109f\ua9e0-\ua9ff\uaa60-\uaa7f\u1780-\u17d3\u17d7-\u17e9`,
  String.raw`\u1100-\u11ff\ua960-\ua97f\uac00-\ud7ff`,
  String.raw`\u3005-\u3007\u3041-\u3096\u309d-\u309f\u30a1-\u30fa\u30fc-\u30ff\u31f0-\u31ff\U0001b000-\U0001b16f`,
  String.raw`\u3105-\u312f\u31a0-\u31bf\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff`,
].join('')

/**
 * Emojis, and the symbols that stand with them in Unicode. The two letters of a flag are one word. A flag with its tags
 * is also one word.
 */
const emoji = [
  String.raw`[\U0001f1e6-\U0001f1ff]{1,2}|`,
  String.raw`[\u00a9\u00ae\u2194-\u2199\u21a9\u21aa\u231a\u231b\u2328\u23cf\u23e9-\u23f3\u23f8-\u23fa\u25aa\u25ab\u25b6\u25c0`,
  String.raw`\u25fb-\u25fe\u2600-\u275a\u2761-\u2767\u2794-\u27bf\u2934\u2935\u2b05-\u2b07\u2b1b\u2b1c\u2b50\u2b55`,
  String.raw`\u3030\u303d\U0001f000-\U0001f0ff\U0001f18e\U0001f191-\U0001f19a\U0001f300-\U0001f3fa`,
  String.raw`\U0001f400-\U0001f64f\U0001f680-\U0001f6ff\U0001f7e0-\U0001f7f0\U0001f900-\U0001faff]`,
  String.raw`[\U000e0020-\U000e007f]*`,
].join('')

/**
 * Letters that are treated as equal: each entry has the letter to compare as, and then its variants. The keyboards of
 * Arabic, Persian, Urdu, Kurdish and Sindhi each have their own yeh, kaf, heh and alef. Hamza and madda are marks,
 * which are removed before.
 */
const letters = [
  ['σ', 'ς'],
  ['i', 'ı'],
  ['o', 'ø'],
  ['l', 'ł'],
  ['d', 'đ'],
  ['\u06cc', '\u064a\u0649'],
  ['\u06a9', '\u0643\u06aa'],
  ['\u0647', '\u0629\u06d5\u06c1\u06be\u06c3'],
  ['\u0627', '\u0671\u0672\u0673'],
] as const

/** The zeros of the scripts whose digits people write. The other nine digits follow each zero. */
const zeros = [
  0x660, 0x6f0, 0x7c0, 0x966, 0x9e6, 0xa66, 0xae6, 0xb66, 0xbe6, 0xc66, 0xce6, 0xd66, 0xe50, 0xed0,
  0xf20, 0x1040, 0x17e0, 0x1810,
]
const digits = zeros.map((zero) =>
  Array.from('0123456789', (digit) => String.fromCodePoint(zero + Number(digit))).join(''),
)
const spelled = [...letters.map(([, others]) => others), ...digits].join('')
const compared = [
  ...letters.map(([letter, others]) => letter.repeat(others.length)),
  ...digits.map(() => '0123456789'),
].join('')

/**
 * How much of a text is indexed. Without a bound a message could write many times its own size. Words have at most 64
 * characters, so all of them together have at most 16 KB.
 */
const charactersMax = 4_000
const wordsMax = 1_000

/**
 * How many messages of a room, and of all public rooms, share a scope of the index. A search reads one such stretch
 * after another, the newest first, until it has found enough.
 */
const roomStretch = 1_024
const publicStretch = 4_096

/** How many messages are indexed before the time is looked at. */
const indexedAtOnce = 100

export const functions = [
  // Returns what two spellings of a word have in common. The collation is PostgreSQL's own, and so the same in any
  // locale.
  `create or replace function search_fold_whole_v1(p_text text)
  returns text language plpgsql immutable parallel safe as $$
  declare
    v_text text := p_text;
  begin
    if octet_length(p_text) = length(p_text) then
      return lower(p_text collate pg_c_utf8);
    end if;
    v_text := regexp_replace(normalize(p_text, nfkd), '[${marks}]+', '', 'g');
    v_text := lower(normalize(v_text, nfkc) collate pg_c_utf8);
    -- translate compares each character with each of these, so it is called only when the text has one of them.
    if v_text ~ '[${spelled}]' then
      v_text := translate(v_text, '${spelled}', '${compared}');
    end if;
    return replace(replace(replace(v_text, 'ß', 'ss'), 'æ', 'ae'), 'œ', 'oe');
  end $$`,

  // Some characters are folded into many, so the result is cut.
  `create or replace function search_fold_v1(p_text text)
  returns text language sql immutable parallel safe
  return left(search_fold_whole_v1(p_text), ${charactersMax})`,

  // Returns the words of a text. In scripts without spaces each character is paired with the next one, so that a search
  // finds any part of such a text. is_pair is false for the last character, which stands alone.
  `create or replace function search_words_v1(p_text text)
  returns table (place bigint, word text, is_unspaced boolean, is_pair boolean)
  language sql immutable parallel safe as $$
    select w.place, w.character || coalesce(w.next, '') as word, w.is_unspaced, w.next is not null as is_pair
      from (select n.place, n.character, n.is_unspaced,
                   case when n.place < ${wordsMax} then n.next end as next
              from (select row_number() over (order by p.n, c.i) as place, c.character, c.next, p.is_unspaced
                      from (select m.part[1] as part, m.n, m.part[1] ~ '^[${unspaced}]' as is_unspaced
                              from regexp_matches(
                                     regexp_replace(search_fold_v1(p_text), '[${unspaced}]+|${emoji}', ' \\& ', 'g')
                                       collate pg_c_utf8,
                                     '[[:alnum:]${unspaced}]+|${emoji}', 'g') with ordinality as m(part, n)
                             where m.n <= ${wordsMax}) p
                     cross join lateral (
                       select case when p.is_unspaced then string_to_array(p.part, null)
                                   else array[left(p.part, 64)] end as characters) a
                     cross join lateral unnest(a.characters, a.characters[2:])
                             with ordinality as c(character, next, i)) n
             where n.place <= ${wordsMax}) w
  $$`,

  // [S2] Returns all words of a text, with a space before and after each. In a script without spaces each character
  // stands by itself. So a text has some words in a row when its result contains the result of these words.
  `create or replace function compared_words_v1(p_text text)
  returns text language sql immutable parallel safe as $$
    select ' ' || coalesce(string_agg(m.part[1], ' ' order by m.n), '') || ' '
      from regexp_matches(
             regexp_replace(search_fold_whole_v1(p_text), '[${unspaced}]|${emoji}', ' \\& ', 'g')
               collate pg_c_utf8,
             '[[:alnum:]${unspaced}]+|${emoji}', 'g') with ordinality as m(part, n)
  $$`,

  // Returns the index entries of a text. A word is indexed as <scope>/<word>, in each scope of the message; p_scopes
  // has spaces between them. ASCII texts get the same words as from search_words_v1, with less work, because a search
  // waits for this.
  `create or replace function search_vector_v2(p_text text, p_scopes text)
  returns tsvector language plpgsql immutable parallel safe as $$
  declare
    v_words text;
  begin
    if octet_length(p_text) = length(p_text) then
      v_words := (
        select string_agg('''/' || left(m.part[1], 64) || ''':' || m.n, ' ')
          from regexp_matches(left(lower(p_text collate "C"), ${charactersMax}), '[a-z0-9]+', 'g')
                 with ordinality as m(part, n)
         where m.n <= ${wordsMax});
    else
      v_words := (
        select string_agg('''/' || w.word || ''':' || w.place, ' ') from search_words_v1(p_text) w);
    end if;
    return cast((
      select string_agg(replace(v_words, '''/', '''' || s.scope || '/'), ' ')
        from string_to_table(p_scopes, ' ') s(scope)) as tsvector);
  end $$`,

  // Returns the query for a phrase, which may be one word, or null when it has no word. A single character of a script
  // without spaces matches every entry that begins with it. The last word also does while it is still being typed.
  `create or replace function search_phrase_v2(p_text text, p_is_open boolean)
  returns tsquery language plpgsql immutable parallel safe as $$
  begin
    return cast((
      select string_agg(
               coalesce('<' || w.place - w.place_before || '> ', '') || '''/' || w.word || ''''
               || case when w.is_unspaced and not w.is_pair
                         or p_is_open and w.is_last and not w.is_unspaced and length(w.word) > 1
                       then ':*' else '' end,
               ' ' order by w.place)
        from (select x.*, lag(x.place) over (order by x.place) as place_before,
                     lead(x.place) over (order by x.place) is null as is_last
                from (select y.*, lag(y.is_pair) over (order by y.place) as follows_pair
                        from search_words_v1(p_text) y) x
               -- The last of several characters is already in the pair before it.
               where x.is_pair or not coalesce(x.follows_pair, false)) w) as tsquery);
  end $$`,

  /*
   * Returns the query for p_query, a JSON array of alternatives, each an array of {text, without?, open?}: phrases that
   * a message must have, or must not have (without), or whose last word is still being typed (open). Null when there is
   * no word to look for. An alternative that only excludes phrases is left out. The words of the query have no scope
   * yet.
   */
  `create or replace function search_query_v2(p_query text)
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
        select search_phrase_v2(x.text, coalesce(x.open, false)) as words, coalesce(x.without, false) as without
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

  `create or replace function search_in_v1(p_query tsquery, p_scope text)
  returns tsquery language sql immutable parallel safe
  return cast(replace(cast(p_query as text), '''/', '''' || p_scope || '/') as tsquery)`,

  /*
   * Returns the query that ranks messages: any of the words of p_query. More words and more occurrences rank higher.
   * For such a query ts_rank looks at each place of a word once. For a query that needs all words it would look at all
   * pairs of their places.
   */
  `create or replace function search_any_v1(p_query tsquery)
  returns tsquery language sql immutable parallel safe
  return cast(regexp_replace(cast(p_query as text), ' (&|<->|<[0-9]+>) ', ' | ', 'g') as tsquery)`,

  // Returns the scopes of a message. Because of the casts PostgreSQL inlines the function into the query.
  `create or replace function search_scopes_v1(p_kind text, p_room_id bigint, p_seq bigint, p_id bigint)
  returns text language sql immutable parallel safe
  return cast(p_room_id as text) || '.' || cast(p_seq / ${roomStretch} as text)
         || case p_kind when 'public' then ' 0.' || cast(p_id / ${publicStretch} as text) else '' end`,

  // A new message waits in unindexed_messages, so that a send does not pay for a search that may never come. A trigger
  // does it, so that no statement can store a message without it.
  `create or replace function queue_messages_v1() returns trigger language plpgsql
  set plan_cache_mode = force_generic_plan as $$
  begin
    insert into unindexed_messages (is_public, room_id, message_id)
      select r.kind = 'public', a.room_id, a.id
        from added a
        cross join lateral (select o.kind from rooms o where o.id = a.room_id offset 0) r;
    return null;
  end $$`,

  `create or replace trigger messages_added after insert on messages
    referencing new table as added for each statement execute function queue_messages_v1()`,

  // Words of a text that is replaced or deleted are deleted with it. When index_words_v2 is just writing them, this does
  // not wait for it, because this is called under the room's lock. The next search in the room then writes the words
  // again, or deletes them.
  `create or replace function requeue_message_v1() returns trigger language plpgsql as $$
  begin
    delete from message_words w where w.message_id in (
      select o.message_id from message_words o where o.message_id = new.id for update skip locked);
    insert into unindexed_messages (is_public, room_id, message_id)
      select r.kind = 'public', r.id, new.id from rooms r where r.id = new.room_id;
    return null;
  end $$`,

  `create or replace trigger messages_changed after update of text on messages
    for each row execute function requeue_message_v1()`,

  /*
   * [M7] Indexes the messages that wait in one room, or in all rooms that a user may read. A search calls this first,
   * until it returns true. It returns false when p_ms milliseconds are over, or soon after. It waits at most
   * p_lock_ms milliseconds for another call that is indexing the same messages. It reads nothing of other rooms, so
   * its time tells nothing of them. The commit does not wait for the disk: after a crash of the database the messages
   * wait again.
   */
  `create or replace function index_words_v2(p_user_id bigint, p_room_id bigint, p_ms bigint, p_lock_ms bigint)
  returns boolean language plpgsql volatile
  set enable_seqscan = off set enable_bitmapscan = off set plan_cache_mode = force_generic_plan as $$
  declare
    v_until timestamptz := clock_timestamp() + make_interval(secs => p_ms / 1000.0);
    v_rows tid[];
    v_ids bigint[];
  begin
    perform set_config('synchronous_commit', 'off', true), set_config('lock_timeout', cast(p_lock_ms as text), true);
    loop
      select array_agg(w.at) into v_rows from (
        select x.at from (
            select true as is_public, cast(null as bigint) as room_id where p_room_id is null
            union all
            select r.kind = 'public', r.id from rooms r where r.id = p_room_id and r.deleted_at is null
            union all
            select false, r.id
              from memberships own
             cross join lateral (
               select o.id from rooms o
                where o.id = own.room_id and o.kind <> 'public' and o.deleted_at is null offset 0) r
             where own.user_id = p_user_id and p_room_id is null) p
         cross join lateral (
           select q.ctid as at from unindexed_messages q
            where q.is_public = p.is_public and q.room_id >= coalesce(p.room_id, 0)
              and q.room_id <= coalesce(p.room_id, 9223372036854775807)
            order by q.is_public, q.room_id limit ${indexedAtOnce}) x
         limit ${indexedAtOnce}) w;
      if v_rows is null then return true; end if;
      with taken as (
        delete from unindexed_messages q where q.ctid = any (v_rows) returning q.message_id)
      select array_agg(distinct t.message_id) into v_ids from taken t;
      -- These are statements of their own, so that they read the texts as they are after the wait for the rows.
      delete from message_words w
       using messages m
       where w.message_id = any (v_ids) and m.id = w.message_id and m.text is null;
      insert into message_words (message_id, room_id, words)
        select m.id, m.room_id, search_vector_v2(m.text, search_scopes_v1(r.kind, r.id, m.seq, m.id))
          from messages m
          cross join lateral (select o.id, o.kind from rooms o where o.id = m.room_id offset 0) r
         where m.id = any (v_ids) and m.text is not null
         order by m.id
        on conflict (message_id) do update set words = excluded.words;
      if clock_timestamp() > v_until then return false; end if;
    end loop;
  end $$`,

  /*
   * [M7] Returns messages with the words of p_query (see search_query_v2), in one room or in all rooms that a user may
   * read: the newest p_window messages of all these rooms together, and some more. Stretches are read until they can
   * only have messages that are older than these. The rooms with the latest events come first, so that most others are
   * only looked up. "offset 0" keeps the planner from reading all rooms, whatever it assumes of tables without
   * statistics.
   */
  `create or replace function find_messages_v2(p_user_id bigint, p_query text, p_room_id bigint, p_window bigint)
  returns table (message_id bigint, scope text) language plpgsql stable
  set enable_seqscan = off set plan_cache_mode = force_generic_plan as $$
  declare
    v_query tsquery := search_query_v2(p_query);
    v_words tsquery;
    v_place record;
    v_last bigint;
    v_ids bigint[];
    -- The newest messages that were found, the newest first: at most p_window. v_least is the last of p_window.
    v_newest bigint[] := '{}';
    v_least bigint := 0;
  begin
    for v_place in
      select 0 as id, (select max(m.id) from messages m) / ${publicStretch} as stretches,
             cast('infinity' as timestamptz) as last_event_at
       where p_room_id is null
      union all
      select r.id, r.last_seq / ${roomStretch}, r.last_event_at from rooms r
       where r.id = p_room_id and r.deleted_at is null
      union all
      select r.id, r.last_seq / ${roomStretch}, r.last_event_at
        from memberships own
       cross join lateral (
         select x.id, x.last_seq, x.last_event_at from rooms x
          where x.id = own.room_id and x.kind <> 'public' and x.deleted_at is null offset 0) r
       where own.user_id = p_user_id and p_room_id is null
       order by last_event_at desc
    loop
      for v_stretch in reverse coalesce(v_place.stretches, 0) .. 0 loop
        if v_least > 0 then
          -- The last message of the stretch. The ids of a room grow with its seq.
          v_last := (v_stretch + 1) * ${publicStretch} - 1;
          if v_place.id <> 0 then
            v_last := (
              select m.id from messages m
               where m.room_id = v_place.id and m.seq < (v_stretch + 1) * ${roomStretch}
               order by m.seq desc limit 1);
          end if;
          exit when v_last is null or v_last <= v_least;
        end if;
        scope := v_place.id || '.' || v_stretch;
        v_words := search_in_v1(v_query, scope);
        select array_agg(w.message_id) filter (where w.message_id > v_least) into v_ids from message_words w
         where w.words @@ v_words
           and (v_place.id <> 0
                or exists (select from rooms r where r.id = w.room_id and r.deleted_at is null offset 0));
        continue when v_ids is null;
        return query select x.id, scope from unnest(v_ids) x(id);
        v_newest := array(select x.id from unnest(v_newest || v_ids) x(id) order by x.id desc limit p_window);
        v_least := coalesce(v_newest[p_window], 0);
      end loop;
    end loop;
  end $$`,
]
