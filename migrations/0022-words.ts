/** [M7] The words of messages get a table of their own. They are written by a search, and not by a send. */
export const statements = [
  'drop trigger if exists messages_words on messages',
  'drop function if exists index_words_v1()',
  'drop function if exists find_messages_v1(bigint, text, bigint, bigint)',

  `create table message_words (
    message_id bigint primary key references messages on delete cascade,
    room_id bigint not null,
    words tsvector not null
  )`,
  `insert into message_words (message_id, room_id, words)
    select id, room_id, search from messages where text is not null and search is not null`,
  // Messages by their words. With "fastupdate" each search would also have to scan what other searches have just
  // indexed.
  `create index message_words_words on message_words using gin (words) with (fastupdate = off)`,

  // A message may have several rows, so that nobody waits for a row of another transaction.
  `create table unindexed_messages (
    is_public boolean not null,
    room_id bigint not null,
    message_id bigint not null
  )`,
  `comment on table unindexed_messages is
    'messages whose words are not in message_words, or not up to date there: see index_words_v2'`,
  // The messages of one room, and of all public rooms.
  `create index unindexed_messages_room on unindexed_messages (is_public, room_id)`,
  `insert into unindexed_messages (is_public, room_id, message_id)
    select r.kind = 'public', r.id, m.id from messages m join rooms r on r.id = m.room_id
     where m.text is not null and m.search is null`,
  'alter table messages drop column search',
] as const
