import { expect } from 'vitest'
import { problem } from '../../src/protocol/errors.ts'
import type { Message } from '../../src/protocol/messages.ts'
import type { Answer } from './api-client.ts'
import type { TestUser } from './test-user.ts'

/** [C3] What an error says, as `404 not_found`, once its document is found to be right. */
export function problemOf(answer: Answer): string {
  if (answer.status < 400) throw new Error(`it succeeded with ${answer.status}: ${answer.text}`)
  expect(answer.headers.get('content-type')).toBe('application/problem+json')
  const { status, code } = problem.strict().parse(answer.body)
  expect(answer.status).toBe(status)
  return `${status} ${code}`
}

/** The answer of a request that has to succeed. */
export async function ok(answering: Promise<Answer>): Promise<Answer['body']> {
  const answer = await answering
  if (answer.status >= 300) throw new Error(`${answer.status}: ${answer.text}`)
  return answer.body
}

/** Follows `next` or `previous` from a page to the last one; gives the pages. */
export async function walk(
  user: TestUser,
  path: string,
  direction: 'next' | 'previous' = 'next',
  between: () => Promise<unknown> = async () => undefined,
): Promise<Answer['body'][]> {
  const pages: Answer['body'][] = []
  for (let at: string | null = path; at !== null; at = pages.at(-1)[direction]) {
    pages.push(await ok(user.get(at)))
    if (pages.length > 1_000) throw new Error('the pages do not end')
    await between()
  }
  return pages
}

/** One field of every result of some pages. */
export function fieldOf(pages: Answer['body'][], field: string): unknown[] {
  return pages.flatMap((page) => page.results.map((result: Answer['body']) => result[field]))
}

export async function historyOf(user: TestUser, roomId: number): Promise<Message[]> {
  const pages = await walk(user, `/api/messages/${roomId}/?after=0&limit=100`)
  return pages.flatMap((page) => page.results)
}
