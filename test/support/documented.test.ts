import { describe, expect, test } from 'vitest'
import { findOperation } from '../../src/protocol/operations/find-operation.ts'
import { documented, nameAnswer, nameEvent } from './documented.ts'

const ours = { 'x-request-id': '1' }
const answer = (status: number, body: unknown, type = 'application/json') => ({
  status,
  headers: new Headers({ ...ours, 'content-type': type }),
  text: JSON.stringify(body),
})
const problem = (status: number, code: string, more = {}) =>
  answer(
    status,
    { type: 'about:blank', title: 'Title', status, detail: 'detail', code, ...more },
    'application/problem+json',
  )
const health = { status: 'ok', database: 'ok' }

describe('an answer', () => {
  test('that is documented has a name, with a slash or without', () => {
    expect(nameAnswer('GET', '/api/health/', answer(200, health))).toEqual(['readHealth 200'])
    expect(nameAnswer('GET', '/api/health', answer(200, health))).toEqual(['readHealth 200'])
    expect(nameAnswer('GET', '/api/rooms/1/?a=1', problem(404, 'not_found'))).toEqual([
      'readRoom not_found',
    ])
  })

  test.each([
    ['a field that is not', 'GET', '/api/health/', answer(200, { ...health, more: 1 })],
    ['a field too few', 'GET', '/api/health/', answer(200, { status: 'ok' })],
    ['a status that is not', 'GET', '/api/health/', answer(201, health)],
    ['another type', 'GET', '/api/health/', answer(200, health, 'text/plain')],
    ['a code that is not', 'GET', '/api/rooms/1/', problem(409, 'conflict')],
    ['a code of another status', 'GET', '/api/rooms/1/', problem(400, 'not_found')],
    ['a field more in a problem', 'GET', '/api/rooms/1/', problem(404, 'not_found', { a: 1 })],
    ['a body where there is none', 'POST', '/api/logout/', answer(204, {})],
    ['an operation that is not', 'GET', '/api/nothing/', answer(200, health)],
  ])('is refused for %s documented', (_, method, path, given) => {
    expect(() => nameAnswer(method, path, given)).toThrow(path)
  })

  test('of the gateway, or to a path that nobody has, needs none', () => {
    const byGateway = { status: 413, headers: new Headers(), text: '{"message":"too large"}' }
    expect(nameAnswer('POST', '/api/rooms/', byGateway)).toEqual([])
    expect(nameAnswer('GET', '/api/nothing/', problem(404, 'not_found'))).toEqual([])
  })

  test('to another spelling of a path, or another method, needs none', () => {
    const refused = problem(400, 'bad_request')
    expect(nameAnswer('POST', '/api/x/..%2Fhealth', refused)).toEqual([])
    expect(() => nameAnswer('POST', '/api/nothing/', refused)).toThrow('no such operation')
    const other = problem(405, 'method_not_allowed')
    expect(() => nameAnswer('POST', '/api/health/', other)).toThrow('no such operation')
    other.headers.set('allow', 'GET, HEAD, OPTIONS')
    expect(nameAnswer('POST', '/api/health/', other)).toEqual([])
    expect(() => nameAnswer('POST', '/api/health/', problem(404, 'not_found'))).toThrow('no such')
  })
})

test('of a word and a parameter, the word is the operation', () => {
  expect(findOperation('GET', '/api/rooms/')?.id).toBe('listRooms')
  expect(findOperation('GET', '/api/rooms/word')?.id).toBe('readRoom')
  expect(findOperation('GET', '/api/rooms/1/members/ana/')).toBeUndefined()
})

describe('an event', () => {
  test('that is documented has a name, and its code', () => {
    const bye = { type: 'bye', code: 'removed', reconnect: false, after_ms: 0 }
    expect(nameEvent(bye)).toEqual(['event bye', 'event bye removed'])
  })

  test.each([
    { type: 'nonsense' },
    { type: 'room.removed', room_id: 1, more: 1 },
    { type: 'error', code: 'unauthenticated', message: 'not for frames', retryable: false },
  ])('is refused when it is not documented: %j', (event) => {
    expect(() => nameEvent(event)).toThrow('a socket was sent')
  })
})

test('what is documented is listed once', () => {
  expect(documented.length).toBe(new Set(documented).size)
  expect(documented).toContain('sendMessage rate_limited')
  expect(documented).toContain('event message')
})
