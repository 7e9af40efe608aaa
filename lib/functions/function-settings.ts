import type { FunctionName } from '../../functions/routes.ts'

interface FunctionSettings {
  readonly description: string
  /** CPU comes with memory: 1,769 MB give one vCPU. */
  readonly memoryMb: number
  readonly timeoutSeconds: number
}

/**
 * A WebSocket API waits 29 s for a handler, an HTTP API 30 s. Nobody gets the answer of a handler that takes longer.
 * The wait for a paused database has to fit into this time.
 */
const gatewaySeconds = 29

export const functionSettings: Readonly<Record<FunctionName, FunctionSettings>> = {
  api: {
    description: 'The HTTP API',
    // One whole vCPU: bcrypt needs only CPU, and a login should take a quarter of a second.
    memoryMb: 1769,
    timeoutSeconds: gatewaySeconds,
  },
  admin: {
    description: "The admin's pages",
    // Signing in uses bcrypt, as in the API.
    memoryMb: 1769,
    timeoutSeconds: gatewaySeconds,
  },
  connect: {
    description: 'Accepts or refuses a new WebSocket',
    // It checks a signature and runs one statement. 512 MB keep its cold start under a second.
    memoryMb: 512,
    timeoutSeconds: gatewaySeconds,
  },
  disconnect: {
    description: 'Removes a closed WebSocket',
    // It runs one statement, and nobody waits for it. The memory is for a quick cold start.
    memoryMb: 512,
    timeoutSeconds: gatewaySeconds,
  },
  sendmessage: {
    description: 'Stores a message and publishes it to the room',
    // Up to 200 pushes, each of which takes 0.3 ms of a vCPU. More memory costs no more, because the call is shorter by
    // the same factor.
    memoryMb: 1024,
    timeoutSeconds: gatewaySeconds,
  },
  frame: {
    description: 'Handles all other frames of a WebSocket',
    // Edits and reactions are sent in the same way as messages.
    memoryMb: 1024,
    timeoutSeconds: gatewaySeconds,
  },
  'fan-out': {
    description: 'Delivers events to the sockets of large rooms',
    // A push needs CPU: one whole vCPU makes about 2,000 pushes per second.
    memoryMb: 1769,
    // Enough for 60,000 pushes. When a call fails, its wake-up and all later ones of its group wait six times as long.
    timeoutSeconds: 30,
  },
  migrate: {
    description: 'Brings the database to the schema of a release during its deploy',
    // It waits for the database and hashes one password.
    memoryMb: 512,
    // The longest time that Lambda allows: a migration of a large table takes time.
    timeoutSeconds: 900,
  },
  'rotate-jwt-keys': {
    description: 'Makes a new key that signs access tokens',
    // It runs once a month, with one client of the SDK.
    memoryMb: 256,
    // A step is two or three calls to Secrets Manager, with retries.
    timeoutSeconds: 60,
  },
}
