import { types } from 'pg'
import { expect, test } from 'vitest'
import { readTime } from '../../src/local/postgres/read-time.ts'

const readAsPg = types.getTypeParser(types.builtins.TIMESTAMPTZ)

test('a time is read as pg reads it, whatever its form is', () => {
  const days = ['2026-11-27', '2026-11-28', '2024-02-29', '1970-01-01', '1969-12-31', '0099-12-31']
  const times = ['00:00:00', '09:08:07', '23:59:59']
  const fractions = ['', '.1', '.12', '.123', '.9999', '.999999', '.000001', '.05', '.007', '.29']
  const zones = ['+00', '+02', '-08', '+05:30', '-07:52:58', '+00 BC']
  const texts = days.flatMap((day) =>
    times.flatMap((time) =>
      fractions.flatMap((fraction) => zones.map((zone) => `${day} ${time}${fraction}${zone}`)),
    ),
  )
  const others = ['infinity', '-infinity', '10000-01-01 00:00:00+00', '294276-12-31 23:59:59.9+00']
  for (const text of [...texts, ...others])
    expect([text, readTime(text)]).toEqual([text, readAsPg(text)])
})
