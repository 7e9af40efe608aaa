import type { ClientErrorCode } from '../../../src/client/index.ts'
import type { en } from './en.ts'
import type { enLater } from './en-later.ts'

/** A text in one form, or in the plural forms that a language has for a `count`. */
export type Words =
  string | ({ readonly other: string } & Partial<Record<Intl.LDMLPluralRule, string>>)

export type Texts = typeof en & typeof enLater
/** All texts of a language. The others are compared with English. */
export type Catalogue = {
  readonly [S in keyof Texts]: { readonly [K in keyof Texts[S]]: Words }
}

/**
 * The server explains its errors in English. Other languages have a text for each code, and one for wrong
 * fields.
 */
type ServerErrors = Readonly<
  Record<
    Exclude<ClientErrorCode, 'network' | 'internal'> | 'field' | 'resuming' | 'indexing',
    Words
  >
>
export type Translation = Catalogue & { readonly serverErrors: ServerErrors }
