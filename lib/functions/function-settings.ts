import type { FunctionName } from '../../functions/routes.ts'

interface FunctionSettings {
  readonly description: string
  /** CPU comes with memory: 1,769 MB are one vCPU. */
  readonly memoryMb: number
  readonly timeoutSeconds: number
}

/**
 * A WebSocket API waits 29 s for a handler, an HTTP API 30 s: a handler that takes longer answers
 * nobody. It is within this time that a paused database is waited for.
 */
const gatewaySeconds = 29

export const functionSettings: Readonly<Record<FunctionName, FunctionSettings>> = {
  api: {
    description: 'The HTTP API',
    // A whole vCPU: bcrypt is all CPU, and a login should take a quarter of a second.
    memoryMb: 1769,
    timeoutSeconds: gatewaySeconds,
  },
  admin: {
    description: 'The pages of the admin',
    // Signing in is bcrypt, as in the API.
    memoryMb: 1769,
    timeoutSeconds: gatewaySeconds,
  },
  connect: {
    description: 'Lets a WebSocket in',
    // A signature and one statement; half a gigabyte keeps its cold start under a second.
    memoryMb: 512,
    timeoutSeconds: gatewaySeconds,
  },
  disconnect: {
    description: 'Forgets a WebSocket',
    // One statement, for which nobody waits: as much as a quick cold start takes.
    memoryMb: 512,
    timeoutSeconds: gatewaySeconds,
  },
  sendmessage: {
    description: 'Stores a message and pushes it to the room',
    // Up to 200 pushes, each 0.3 ms of a vCPU: more of it is as much cheaper as it is shorter.
    memoryMb: 1024,
    timeoutSeconds: gatewaySeconds,
  },
  frame: {
    description: 'All other frames of a WebSocket',
    // Edits and reactions are pushed as messages are.
    memoryMb: 1024,
    timeoutSeconds: gatewaySeconds,
  },
  'fan-out': {
    description: 'Pushes to the sockets of large rooms',
    // A push is CPU: a whole one makes some 2,000 a second.
    memoryMb: 1769,
    // 60,000 pushes. What fails waits for six times as long, and all after it in its group.
    timeoutSeconds: 30,
  },
  migrate: {
    description: 'Brings the database to the schema of a release, during its deploy',
    // It waits for the database, and hashes one password.
    memoryMb: 512,
    // As long as Lambda lets anything run: a migration over a large table takes its time.
    timeoutSeconds: 900,
  },
  'rotate-jwt-keys': {
    description: 'Makes a new key that signs access tokens',
    // Once a month, with one client of the SDK.
    memoryMb: 256,
    // A step is two or three calls to Secrets Manager, with their repeats.
    timeoutSeconds: 60,
  },
}
