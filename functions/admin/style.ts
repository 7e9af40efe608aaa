import { createHash } from 'node:crypto'
import { tokens } from '../../web/tokens.ts'
import { dataStyle } from './style/data.ts'
import { formStyle } from './style/forms.ts'
import { pageStyle } from './style/page.ts'
import { secondFactorStyle } from './style/second-factor.ts'

/** The one stylesheet; light and dark as the browser asks for. */
export const style = tokens + pageStyle + formStyle + dataStyle + secondFactorStyle

/** Another style has another path, so that a browser may keep it. */
export const stylePath = `/admin/style-${createHash('sha256').update(style).digest('base64url').slice(0, 12)}.css`
