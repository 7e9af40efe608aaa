import type { StoredCase } from './stored-case.ts'

/** Texts that people may send, and that must come back unchanged. Code in them is text like any other. */
export const storedCases: readonly StoredCase[] = [
  { name: 'SQL that ends a statement', text: `'); drop table users; --` },
  { name: 'SQL that is always true', text: `" or ''='` },
  { name: 'SQL in dollar quotes', text: '$$; drop table messages; $$ $1 :1 ?' },
  { name: 'a pattern', text: String.raw`100% of \ and _ \u0000 \x00 %00` },
  { name: 'a script', text: '<script>alert(document.cookie)</script>' },
  { name: 'HTML with a handler', text: '"><img src=x onerror=alert(1)>' },
  {
    name: 'names and addresses',
    text: '@speaker @@mallory joe@speaker.example @ ＠x @__proto__ @null',
  },
  { name: 'a template', text: '{{7*7}} ${7*7} <%= 7*7 %> #{7*7}' },
  { name: 'JSON', text: '{"action":"sendmessage","message":"nested"}' },
  {
    name: 'a header',
    text: 'a\r\nSet-Cookie: a=b\r\n\r\n<html>',
    title: 'a Set-Cookie: a=b <html>',
  },
  { name: 'a formula', text: `=HYPERLINK("http://evil.example","x")` },
  {
    name: 'control characters',
    text: 'bell \u0007 escape \u001b[31m delete \u007f next \u0085 end',
    title: 'bell  escape [31m delete  next   end',
  },
  {
    name: 'text turned about',
    text: 'abc \u202e cba \u2066 mixed \u2069',
    title: 'abc  cba  mixed',
  },
  { name: 'invisible characters', text: 'a\u200bb\u2060c\u00add\u{e0041}e' },
  { name: 'code points without a character', text: 'a \uffff \ufffe \u{1ffff} \ufdd0 \ufffd b' },
  { name: 'a family', text: 'family 👩‍👩‍👧‍👦 and flag 🏴󠁧󠁢󠁷󠁬󠁳󠁿' },
  { name: 'marks upon marks', text: `Z${'\u0300\u0489'.repeat(20)} in one place` },
  { name: '4,000 characters of four bytes', text: '😀'.repeat(4_000), isLong: true },
  { name: '3,999 control characters', text: `a${'\u0001'.repeat(3_999)}`, isLong: true },
  { name: '4,000 quotes', text: '"'.repeat(4_000), isLong: true },
]
