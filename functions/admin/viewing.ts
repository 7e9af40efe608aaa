import type { SignedInAdmin } from '../../src/core/admin/session.ts'
import type { PageViewer } from './layout.ts'

/** The admin who requests a page, and the values for its forms. */
export type Viewing = SignedInAdmin & PageViewer
