import { createHash } from 'node:crypto'
import { designTokens } from '../../web/tokens.ts'
import { dataStyle } from './style/data.ts'
import { formStyle } from './style/forms.ts'
import { pageStyle } from './style/page.ts'
import { secondFactorStyle } from './style/second-factor.ts'

/** The stylesheet of all pages. It is light or dark, as the browser prefers. */
export const style = designTokens + pageStyle + formStyle + dataStyle + secondFactorStyle

/** A changed stylesheet gets a new path, so that browsers may cache it. */
export const stylePath = `/admin/style-${createHash('sha256').update(style).digest('base64url').slice(0, 12)}.css`
