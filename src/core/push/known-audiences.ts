/**
 * The recipients of rooms as this process has read them last. To read a thousand of them for each message costs the
 * database more than the message. A statement that needs them names the state in which they are known, and the
 * database, which compares it under the lock of the room, gives them only if they are others by now: see
 * audience_page_v1 in migrations/functions/push.ts. So what is known here is never trusted by itself.
 */
import type { Db, Trx } from '../database/database.ts'
import type { Recipient } from './publish.ts'

export interface AudiencePage {
  readonly recipients: readonly Recipient[]
  /** The id after which the next page begins. null: this is the last page. */
  readonly last: string | null
}

/** A page and the state that it is of, as they were when a statement was made. */
export interface KnownPage {
  readonly state: string
  readonly page: AudiencePage
}

/** Of all pages together: about 10 MB. */
const recipientsMax = 100_000

export class KnownAudiences {
  /** By a key of the caller, those used last at the end. */
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
   * Reads what the database has answered, the JSON of audience_page_v1, and keeps it. `known` is what the statement
   * has named.
   */
  read(key: string, answer: string, known: KnownPage | undefined): AudiencePage {
    const { state, last, v1, simple }: Answer = JSON.parse(answer)
    if (known && state === known.state) return known.page
    const page = { recipients: [...toRecipients(v1, false), ...toRecipients(simple, true)], last }
    this.#forget(key)
    if (state !== null && page.recipients.length > 0) {
      this.#pages.set(key, { state, page })
      this.#recipients += page.recipients.length
      for (const oldest of this.#pages.keys()) {
        if (this.#recipients <= recipientsMax) break
        this.#forget(oldest)
      }
    }
    return page
  }

  #forget(key: string): void {
    this.#recipients -= this.#pages.get(key)?.page.recipients.length ?? 0
    this.#pages.delete(key)
  }
}

interface Answer {
  readonly state: string | null
  readonly last: string | null
  /** Absent if the state is the known one. */
  readonly v1?: readonly string[] | null
  readonly simple?: readonly string[] | null
}

function toRecipients(ids: readonly string[] | null | undefined, isSimple: boolean): Recipient[] {
  return (ids ?? []).map((connectionId) => ({ connectionId, isSimple }))
}

const ofDatabases = new WeakMap<Db | Trx, KnownAudiences>()

/** What this process knows of the audiences in a database. */
export function knownAudiencesOf(db: Db | Trx): KnownAudiences {
  let known = ofDatabases.get(db)
  if (!known) ofDatabases.set(db, (known = new KnownAudiences()))
  return known
}
