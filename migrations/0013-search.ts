/**
 * [M7, C7] Words by who may read them, so that a search costs what is found among what its caller may read,
 * whatever is in others' rooms: see docs/decisions/search.md. How words are found in a text is 0009's.
 */

/**
 * Messages of a room, and of all public rooms, whose words stand together in the index: a search looks at
 * them a stretch at a time, the newest first, until it has found enough.
 */
const roomStretch = 1_024
const publicStretch = 16_384

export const statements = [
  `drop index messages_search`,
  `alter table messages drop column search`,
  `drop function search_query_v1(text)`,
  `drop function search_phrase_v1(text, boolean)`,
  `drop function search_vector_v1(text)`,

  // A word is indexed as <scope>/<word>, in each scope that a message stands in; p_scopes has spaces between.
  `create function search_vector_v2(p_text text, p_scopes text)
  returns tsvector language plpgsql immutable parallel safe as $$
  declare
    v_words text := (select string_agg('''/' || w.word || ''':' || w.place, ' ') from search_words_v1(p_text) w);
  begin
    return cast((
      select string_agg(replace(v_words, '''/', '''' || s.scope || '/'), ' ')
        from string_to_table(p_scopes, ' ') s(scope)) as tsvector);
  end $$`,
  // A phrase of a query, which may be one word; null when there is no word in it. An unspaced character
  // by itself finds all that begins with it, as the last word does when it is still being typed.
  `create function search_phrase_v2(p_text text, p_is_open boolean)
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
               -- The last character of several is in the pair before it.
               where x.is_pair or not coalesce(x.follows_pair, false)) w) as tsquery);
  end $$`,
  /*
   * p_query is a JSON array of alternatives, each an array of {text, without?, open?}: phrases that a
   * message must have, must not have, and whose last word is still being typed. null when there is no
   * word to look for: an alternative that only says what must not be there would be all there is. Its
   * words are of no scope yet.
   */
  `create function search_query_v2(p_query text)
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
  `create function search_in_v1(p_query tsquery, p_scope text)
  returns tsquery language sql immutable parallel safe
  return cast(replace(cast(p_query as text), '''/', '''' || p_scope || '/') as tsquery)`,

  `alter table messages add column search tsvector`,
  // The scopes that a message stands in.
  `create function search_scopes_v1(p_kind text, p_room_id bigint, p_seq bigint, p_id bigint)
  returns text language sql immutable parallel safe
  return p_room_id || '.' || p_seq / ${roomStretch}
         || case p_kind when 'public' then ' 0.' || p_id / ${publicStretch} else '' end`,

  // Kept up to date by whatever writes a text; of a deleted message it is null. A column that is generated
  // cannot ask for the room's kind, which never changes.
  `create function index_words_v1() returns trigger language plpgsql as $$
  begin
    new.search := search_vector_v2(new.text, (
      select search_scopes_v1(r.kind, r.id, new.seq, new.id) from rooms r where r.id = new.room_id));
    return new;
  end $$`,
  `create trigger messages_words before insert or update of text on messages
    for each row execute function index_words_v1()`,
  `update messages set text = text where text is not null`,
  // [M7] Messages by their words. Without "fastupdate" nobody searches what others have just sent.
  `create index messages_search on messages using gin (search) with (fastupdate = off)`,

  /*
   * [M7] Messages with the words of p_query (see search_query_v2): in a room, or in all that a user may
   * read; of each scope at least its newest p_window, and the rest of the stretch that the last is in.
   * "offset 0" keeps the planner from reading all rooms, whatever it believes of tables without statistics.
   */
  `create function find_messages_v1(p_user_id bigint, p_query text, p_room_id bigint, p_window bigint)
  returns table (message_id bigint, scope text) language plpgsql stable
  set enable_seqscan = off set plan_cache_mode = force_generic_plan as $$
  declare
    v_query tsquery := search_query_v2(p_query);
    v_words tsquery;
    v_place record;
    v_rows bigint;
    v_found bigint;
  begin
    for v_place in
      select 0 as id, (select max(m.id) from messages m) / ${publicStretch} as stretches
       where p_room_id is null
      union all
      select r.id, r.last_seq / ${roomStretch} from rooms r
       where r.id = p_room_id and r.deleted_at is null
      union all
      select r.id, r.last_seq / ${roomStretch}
        from memberships own
       cross join lateral (
         select x.id, x.last_seq from rooms x
          where x.id = own.room_id and x.kind <> 'public' and x.deleted_at is null offset 0) r
       where own.user_id = p_user_id and p_room_id is null
    loop
      v_found := 0;
      for v_stretch in reverse coalesce(v_place.stretches, 0) .. 0 loop
        scope := v_place.id || '.' || v_stretch;
        v_words := search_in_v1(v_query, scope);
        return query
          select m.id, scope from messages m
           where m.search @@ v_words
             and (v_place.id <> 0
                  or exists (select from rooms r where r.id = m.room_id and r.deleted_at is null offset 0));
        get diagnostics v_rows = row_count;
        v_found := v_found + v_rows;
        exit when v_found >= p_window;
      end loop;
    end loop;
  end $$`,

  // [C7] A socket for a room that never was looks for a room to lock no more than one for a room unseen.
  `alter function lock_room_v1(bigint) strict`,

  // [C6] Who asks, and one spent of a limit of theirs, unless the session has ended.
  `create function charge_caller_v1(p_session_id bigint, p_limit_name text, p_limit bigint, p_seconds bigint,
    out status text, out user_id bigint, out username text,
    out remaining bigint, out reset_ms bigint, out retry_after_ms bigint)
  language plpgsql volatile as $$
  begin
    select s.status, s.user_id, s.username into status, user_id, username
      from session_status_v1(p_session_id) s;
    if status <> 'revoked' then
      select t.remaining, t.reset_ms, t.retry_after_ms into remaining, reset_ms, retry_after_ms
        from take_token_v1(p_limit_name || ':' || user_id, p_limit, p_seconds) t;
    end if;
  end $$`,
]
