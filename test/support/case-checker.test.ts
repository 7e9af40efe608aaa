import { expect, test } from 'vitest'
import { findLocaleFolding } from './case-checker.ts'

test.each([
  ['select lower(name) from rooms', 'lower(name)'],
  ['select lower(trim(name)), n collate "C" from rooms', 'lower(trim(name))'],
  [`select 1 where name ilike 'a%'`, 'ilike'],
  [`select 1 where name ~* 'a'`, '~*'],
  [`select 1 where name !~~* 'a'`, '!~~*'],
  ['select initcap(lower(name collate "C") || title)', ''],
  ['select upper (name)', 'upper (name)'],
])('%s', (sql, found) => {
  expect(findLocaleFolding(sql)).toEqual(found === '' ? [] : [found])
})

test.each([
  'select lower(name collate "C") from rooms',
  `select lower(upper(normalize(name, nfkc) collate pg_c_utf8)) || 'x'`,
  `select 1 where name ~ '^[a-z]' and bio like 'lower%'`,
])('accepts %s', (sql) => {
  expect(findLocaleFolding(sql)).toEqual([])
})
