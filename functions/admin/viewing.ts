import type { SignedInAdmin } from '../../src/core/admin/session.ts'
import type { PageViewer } from './layout.ts'

/** The admin who asks for a page, and what the forms on it carry. */
export type Viewing = SignedInAdmin & PageViewer
