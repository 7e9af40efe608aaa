/** The events of a WebSocket API: the fields that the handlers read. */
interface Context {
  readonly connectionId: string
  readonly requestId: string
}

export interface ConnectEvent {
  readonly requestContext: Context & { readonly identity: { readonly sourceIp: string } }
  /** The names are as the client wrote them. */
  readonly headers?: Readonly<Record<string, string | undefined>>
  readonly queryStringParameters?: Readonly<Record<string, string | undefined>>
}

export interface DisconnectEvent {
  readonly requestContext: Context
}

export interface FrameEvent {
  readonly requestContext: Context
  readonly body?: string
}

export interface SocketResult {
  readonly statusCode: number
  readonly headers?: Record<string, string>
}
