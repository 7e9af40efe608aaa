type Listener = (frame: string) => void

const listeners = new Set<Listener>()

/** Frames of the chat's socket as they come, for what the client library passes over. */
export function onFrame(listener: Listener): void {
  listeners.add(listener)
}

export class HeardSocket extends WebSocket {
  constructor(url: string, protocols: string[]) {
    super(url, protocols)
    this.addEventListener('message', ({ data }) => {
      for (const listener of listeners) listener(String(data))
    })
  }
}
