/**
 * The recipients of rooms, as this process read them last. Reading a thousand recipients for each message costs the
 * database more than the message itself. So a statement that needs recipients names the state that this process knows.
 * The database compares that state under the room's lock, and returns recipients only if the state has changed: see
 * audience_page_v1 in migrations/functions/push.ts. So nothing here is used without that comparison.
 */
import type { Db, Trx } from '../database/database.ts'
import type { Recipient } from './publish.ts'

export interface AudiencePage {
  readonly recipients: readonly Recipient[]
  /** The id after which the next page begins; null on the last page. */
  readonly last: string | null
}

/** A page and its state, as they were when the statement was made. */
export interface KnownPage {
  readonly state: string
  readonly page: AudiencePage
}

/** For all pages together: about 10 MB. */
const recipientsMax = 100_000
/** A page takes the memory of so many recipients besides its own. */
const pageCost = 4

const costOf = ({ recipients }: AudiencePage) => recipients.length + pageCost

export class KnownAudiences {
  /** By the caller's key. The most recently used page is last. */
  readonly #pages = new Map<string, KnownPage>()
  #recipients = 0

  get(key: string): KnownPage | undefined {
    const known = this.#pages.get(key)
    if (known) {
      this.#pages.delete(key)
      this.#pages.set(key, known)
    }
    return known
  }

  /**
   * Reads an answer of audience_page_v1 (JSON) and keeps its page. `known` is the page whose state the statement named.
   */
  read(key: string, answer: string, known: KnownPage | undefined): AudiencePage {
    const { state, last = null, v1, simple }: Answer = JSON.parse(answer)
    if (known && state === known.state) return known.page
    const page = { recipients: [...toRecipients(v1, false), ...toRecipients(simple, true)], last }
    this.#forget(key)
    if (state !== null && page.recipients.length > 0) {
      this.#pages.set(key, { state, page })
      this.#recipients += costOf(page)
      for (const oldest of this.#pages.keys()) {
        if (this.#recipients <= recipientsMax) break
        this.#forget(oldest)
      }
    }
    return page
  }

  #forget(key: string): void {
    const known = this.#pages.get(key)
    if (!known) return
    this.#recipients -= costOf(known.page)
    this.#pages.delete(key)
  }
}

interface Answer {
  readonly state: string | null
  /** This and the lists are absent if the state is the one that the statement named. */
  readonly last?: string | null
  readonly v1?: readonly string[] | null
  readonly simple?: readonly string[] | null
}

function toRecipients(ids: readonly string[] | null | undefined, isSimple: boolean): Recipient[] {
  return (ids ?? []).map((connectionId) => ({ connectionId, isSimple }))
}

const ofDatabases = new WeakMap<Db | Trx, KnownAudiences>()

/** The audiences of a database that this process knows. */
export function knownAudiencesOf(db: Db | Trx): KnownAudiences {
  let known = ofDatabases.get(db)
  if (!known) ofDatabases.set(db, (known = new KnownAudiences()))
  return known
}
