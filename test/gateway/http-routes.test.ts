import { describe, expect, test } from 'vitest'
import { decodePath } from '../../src/emulators/api-gateway/http-event.ts'
import { createRouteMatcher } from '../../src/emulators/api-gateway/http-routes.ts'

const handler = async () => undefined

function matcher(...routeKeys: string[]) {
  const match = createRouteMatcher(routeKeys.map((routeKey) => ({ routeKey, handler })))
  return (method: string, path: string) => {
    const found = match(method, path)
    return found && [found.route.routeKey, found.pathParameters]
  }
}

describe('createRouteMatcher', () => {
  test('prefers method and path, then ANY, then the longest greedy path, then $default', () => {
    const match = matcher(
      '$default',
      'ANY /{proxy+}',
      'ANY /api/{proxy+}',
      'ANY /api/login/',
      'POST /api/login/',
    )
    expect(match('POST', '/api/login/')).toEqual(['POST /api/login/', undefined])
    expect(match('GET', '/api/login/')).toEqual(['ANY /api/login/', undefined])
    expect(match('GET', '/api/rooms/1')).toEqual(['ANY /api/{proxy+}', { proxy: 'rooms/1' }])
    expect(match('GET', '/page')).toEqual(['ANY /{proxy+}', { proxy: 'page' }])
    expect(match('GET', '/')).toEqual(['$default', undefined])
  })

  test('prefers literal text to {id}, and {id} to {proxy+}', () => {
    const match = matcher(
      'GET /pets/{proxy+}',
      'GET /pets/dog/1',
      'GET /pets/dog/{id}',
      'ANY /{proxy+}',
    )
    expect(match('GET', '/pets/dog/1')).toEqual(['GET /pets/dog/1', undefined])
    expect(match('GET', '/pets/dog/2')).toEqual(['GET /pets/dog/{id}', { id: '2' }])
    expect(match('GET', '/pets/cat/1')).toEqual(['GET /pets/{proxy+}', { proxy: 'cat/1' }])
    expect(match('POST', '/test/5')).toEqual(['ANY /{proxy+}', { proxy: 'test/5' }])
  })

  test('prefers a method to ANY on the same greedy path', () => {
    const match = matcher('ANY /api/{proxy+}', 'POST /api/{proxy+}')
    expect(match('POST', '/api/x')).toEqual(['POST /api/{proxy+}', { proxy: 'x' }])
    expect(match('GET', '/api/x')).toEqual(['ANY /api/{proxy+}', { proxy: 'x' }])
  })

  test('tells a trailing slash from none, and wants something for a parameter', () => {
    const match = matcher('GET /a', 'GET /b/{id}', 'GET /c/{proxy+}')
    expect(match('GET', '/a/')).toBeUndefined()
    expect(match('GET', '/b/')).toBeUndefined()
    expect(match('GET', '/c/')).toBeUndefined()
    expect(match('GET', '/c/d/')).toEqual(['GET /c/{proxy+}', { proxy: 'd/' }])
  })

  test('refuses route keys that it cannot serve, at once', () => {
    expect(() => matcher('/api')).toThrow('route key "/api" is unknown')
    expect(() => matcher('GET /{a+}/b')).toThrow('put it last')
    expect(() => matcher('GET /a', 'GET /a')).toThrow('given twice')
  })
})

describe('decodePath', () => {
  test('decodes, cuts at a "?" that comes to light, and leaves broken escapes alone', () => {
    expect(decodePath('/r/%C3%A9%20%23')).toBe('/r/é #')
    expect(decodePath('/users/me%3Fadmin=true')).toBe('/users/me')
    expect(decodePath('/a%zz%20')).toBe('/a%zz%20')
  })
})
