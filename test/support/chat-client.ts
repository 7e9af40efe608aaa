import {
  type ChatClient,
  type ChatError,
  type ClientOptions,
  createClient,
  type RoomHandle,
  type RoomView,
  type Store,
  until,
} from '../../src/client/index.ts'
import type { TestServer } from './chat-server.ts'
import { type TestUser, testPassword } from './test-user.ts'

export interface TestClient extends AsyncDisposable {
  readonly client: ChatClient
  /** The reported errors. */
  readonly errors: ChatError[]
}

/** Opens a client of the library that is signed in as a test user. The test can break its sockets. */
export async function openClient(
  server: TestServer,
  user: TestUser,
  options: Partial<ClientOptions> = {},
): Promise<TestClient> {
  const errors: ChatError[] = []
  const client = createClient({
    url: server.url,
    onError: (error) => errors.push(error),
    ...options,
  })
  await client.login(user.username, testPassword)
  client.connect()
  return { client, errors, [Symbol.asyncDispose]: () => client.close() }
}

/** Waits for a value. The error has the last value when it does not come. */
export async function when<T>(store: Store<T>, fits: (value: T) => boolean): Promise<T> {
  try {
    return await until(store, fits, { signal: AbortSignal.timeout(15_000) })
  } catch {
    throw new Error(`it did not come; at last: ${JSON.stringify(store.get())}`)
  }
}

export const connected = async ({ client }: TestClient) =>
  await when(client.connection, ({ name }) => name === 'connected')

export const ready = async (room: RoomHandle) =>
  await when(room.view, ({ status }) => status === 'ready')

export const textsOf = ({ messages }: RoomView) => messages.map(({ message }) => message)

export const shows = async (room: RoomHandle, texts: readonly (string | null)[]) =>
  await when(room.view, (view) => JSON.stringify(textsOf(view)) === JSON.stringify(texts))

/** The sockets of a client, which a test can break or silence. */
export class Network {
  readonly sockets: WebSocket[] = []
  /** Decides which incoming frames are dropped. Undefined drops none. */
  loses: ((data: string, socket: unknown) => boolean) | undefined
  /** The frames that were sent. */
  readonly sent: { action: string; [name: string]: unknown }[] = []
  readonly WebSocket: NonNullable<ClientOptions['WebSocket']>

  constructor() {
    const { sockets, sent } = this
    const loses = (data: string, socket: unknown) => this.loses?.(data, socket) ?? false
    this.WebSocket = class extends WebSocket {
      constructor(url: string, protocols: string[]) {
        super(url, protocols)
        sockets.push(this)
      }
      override dispatchEvent(event: Event): boolean {
        const isLost = event instanceof MessageEvent && loses(String(event.data), this)
        return isLost || super.dispatchEvent(event)
      }
      override send(data: string): void {
        sent.push(JSON.parse(data))
        super.send(data)
      }
    }
  }
}
