import { types } from 'pg'
import { DataApiError } from './errors.ts'
import type { ResultType } from './catalog.ts'

export interface ReturnTypes {
  readonly longs: 'LONG' | 'STRING'
  readonly decimals: 'STRING' | 'DOUBLE_OR_LONG'
}

// pg's own parser of text[]. The types of pg know only the OIDs of scalars, so this one is widened to a number.
const TEXT_ARRAY: number = 1009
const parseTextArray = types.getTypeParser(TEXT_ARRAY)

/**
 * Returns a value as the JSON of a Field, made from PostgreSQL's text of the value. The JSON is built as text,
 * because a JavaScript number cannot hold every bigint.
 */
export function fieldJson(type: ResultType, text: string | null, returned: ReturnTypes): string {
  if (text === null) return '{"isNull":true}'
  const { kind, json } = type.isArray
    ? arrayJson(type, text, returned)
    : scalarJson(type, text, returned)
  return `{"${kind}":${json}}`
}

interface KindAndJson {
  readonly kind: string
  readonly json: string
}

function arrayJson(type: ResultType, text: string, returned: ReturnTypes): KindAndJson {
  const elements: unknown = parseTextArray(text)
  if (!Array.isArray(elements) || elements.some((element) => Array.isArray(element))) {
    throw new DataApiError(
      'UnsupportedResultException',
      'The result contains the unsupported data type of a multidimensional array.',
    )
  }
  // Arrays have no kind for bytea.
  const kinds = {
    booleanValue: 'booleanValues',
    longValue: 'longValues',
    doubleValue: 'doubleValues',
  }
  const scalars = elements.map((element: string | null) =>
    element === null ? undefined : scalarJson(type, element, returned),
  )
  const kind = scalars.find((scalar) => scalar !== undefined)?.kind ?? 'stringValue'
  const name = Object.entries(kinds).find(([one]) => one === kind)?.[1] ?? 'stringValues'
  const list = scalars.map((scalar) => scalar?.json ?? 'null').join()
  return { kind: 'arrayValue', json: `{"${name}":[${list}]}` }
}

function scalarJson({ name, kind }: ResultType, text: string, returned: ReturnTypes): KindAndJson {
  switch (kind) {
    case 'boolean':
      return { kind: 'booleanValue', json: text === 't' ? 'true' : 'false' }
    case 'long':
      return returned.longs === 'STRING' ? string(text) : { kind: 'longValue', json: text }
    case 'double':
      return { kind: 'doubleValue', json: doubleJson(text) }
    case 'decimal':
      if (returned.decimals === 'STRING') return string(text)
      return /^-?\d+$/.test(text)
        ? { kind: 'longValue', json: text }
        : { kind: 'doubleValue', json: doubleJson(text) }
    case 'blob':
      return {
        kind: 'blobValue',
        json: JSON.stringify(Buffer.from(text.slice(2), 'hex').toString('base64')),
      }
    case 'string':
      // The session's time zone is UTC, and the service leaves it out.
      return string(/^_?timestamptz$/.test(name) ? text.replace(/\+00$/, '') : text)
  }
}

function string(text: string): KindAndJson {
  return { kind: 'stringValue', json: JSON.stringify(text) }
}

function doubleJson(text: string): string {
  const value = Number(text)
  return JSON.stringify(Number.isFinite(value) ? value : text)
}
