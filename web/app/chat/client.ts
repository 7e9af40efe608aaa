import { type ReadonlySignal, signal } from '@preact/signals'
import { ChatError, createClient, type Store, type User } from '../../../src/client/index.ts'
import { HeardSocket } from './heard-socket.ts'
import { fetchAlsoWhenLeaving } from './leaving.ts'
import { hearTime } from './server-time.ts'
import { storage } from './storage.ts'

/** The only client of the page. Components use it through the functions of their feature's folder. */
export const client = createClient({
  url: location.origin,
  fetch: async (...request) => hearTime(await fetchAlsoWhenLeaving(...request)),
  WebSocket: HeardSocket,
  ...storage,
})

/** Converts a store of the client to a signal. It follows the store as long as the page lives. */
function follow<T>(store: Store<T>): ReadonlySignal<T> {
  const followed = signal(store.get())
  store.subscribe((value) => void (followed.value = value))
  return followed
}

export const session = follow(client.session)
export const connection = follow(client.connection)
export const rooms = follow(client.rooms)
export const notifications = follow(client.notifications)
export const outbox = follow(client.outbox)

/** Whether the session was loaded from the storage. */
export const hasStarted = signal(false)

type ProfileChange = NonNullable<
  Parameters<typeof client.request<'PATCH /api/users/me/'>>[1]
>['body']

/** The signed-in user as the server describes them; null until it is known. */
export const profile = signal<User | null>(null)

export const myId = () => session.value.user?.id ?? 0

export async function loadProfile(): Promise<void> {
  profile.value = await client.request('GET /api/users/me/')
}

/** Changes the given fields of the profile. Without any, it makes no request. */
export async function changeProfile(change: ProfileChange): Promise<void> {
  if (Object.keys(change).length === 0) return
  profile.value = await client.request('PATCH /api/users/me/', { body: change })
  // From now on the read markers of partners are shown, or are hidden.
  if (change.read_receipts !== undefined) client.wake()
}

/** Continues the previous session, if there is one. */
export async function startClient(): Promise<void> {
  let wasConnected = false
  session.subscribe(({ user }) => {
    if (!user) profile.value = null
  })
  connection.subscribe(({ name }) => {
    const isConnected = name === 'connected'
    // Until the profile is known, the username is shown instead. The next connection requests it again.
    if (isConnected && !wasConnected) loadProfile().catch(() => undefined)
    wasConnected = isConnected
  })
  try {
    if (await client.restore()) client.connect()
  } finally {
    hasStarted.value = true
  }
}

export async function signIn(username: string, password: string, code?: string): Promise<void> {
  await client.login(username, password, code)
  client.connect()
}

export async function register(account: Parameters<typeof client.register>[0]): Promise<void> {
  await client.register(account)
  client.connect()
}

export const isChatError = (error: unknown): error is ChatError => error instanceof ChatError
