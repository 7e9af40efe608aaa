import { type Answer, ok, seenOf } from '../answer.ts'
import type { Check } from '../check.ts'
import { holds, same, Untried } from '../expect.ts'
import { rateLimitHeaders } from './common.ts'

/** What pages of other origins may do [C9]. */
export const corsChecks: readonly Check[] = [
  {
    rule: 'C9',
    title: 'a preflight is a 204 for any path, and allows nothing to a page of an unknown origin',
    async run(world) {
      const ana = await world.user('ana')
      const Origin = 'https://conformance.invalid'
      for (const path of ['/api/rooms/', '/api/nothing/']) {
        const headers = { Origin, 'Access-Control-Request-Method': 'PATCH' }
        const asked = await world.call('OPTIONS', path, { headers })
        const isKnown = path !== '/api/nothing/'
        // A server without allowed origins handles this like every OPTIONS request. For an unknown path it answers 404.
        holds(asked.status === 204 || (!isKnown && asked.status === 404), '204', seenOf(asked))
        expectNoCors(asked)
      }
      const answer = await ana.call('GET', '/api/rooms/?limit=1', undefined, {
        headers: { Origin },
      })
      await ok(answer, 200)
      expectNoCors(answer)
    },
  },
  {
    rule: 'C9',
    title: 'a page of an allowed origin may call the API and read its answers',
    async run(world) {
      const ana = await world.user('ana')
      const Origin = world.origin
      const asked = await world.call('OPTIONS', '/api/nothing/', {
        headers: { Origin, 'Access-Control-Request-Method': 'PATCH' },
      })
      if (asked.headers['access-control-allow-origin'] === undefined) {
        throw new Untried(
          `the server does not allow pages of ${Origin}: give one of its ALLOWED_ORIGINS with --origin`,
        )
      }
      same('the status of a preflight', asked.status, 204)
      const allowed = (name: string) => (asked.headers[name] ?? '').toLowerCase().split(/, */)
      const methods = allowed('access-control-allow-methods')
      holds(
        ['get', 'post', 'put', 'patch', 'delete'].every((each) => methods.includes(each)),
        'all methods of the API',
        methods,
      )
      const names = allowed('access-control-allow-headers')
      holds(
        ['authorization', 'content-type'].every((each) => names.includes(each)),
        'Authorization and Content-Type',
        names,
      )
      const options = { headers: { Origin } }
      for (const answer of [
        await ana.call('GET', '/api/rooms/?limit=1', undefined, options),
        await ana.call('GET', '/api/nothing/', undefined, options),
        await world.call('GET', '/api/rooms/', options),
      ]) {
        same(
          `Access-Control-Allow-Origin of ${answer.of}`,
          answer.headers['access-control-allow-origin'],
          Origin,
        )
        same(
          'Access-Control-Allow-Credentials',
          answer.headers['access-control-allow-credentials'],
          undefined,
        )
        holds(/origin/i.test(answer.headers['vary'] ?? ''), 'Vary: Origin', answer.headers)
        const readable = (answer.headers['access-control-expose-headers'] ?? '').toLowerCase()
        const needed = ['retry-after', ...rateLimitHeaders, 'www-authenticate', 'x-request-id']
        same(
          'headers that the page cannot read',
          needed.filter((name) => !readable.includes(name)),
          [],
        )
      }
    },
  },
]

function expectNoCors(answer: Answer): void {
  for (const name of ['access-control-allow-origin', 'access-control-allow-credentials']) {
    same(`${name} of ${answer.of}`, answer.headers[name], undefined)
  }
}
