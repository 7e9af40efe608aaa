import { readFileSync } from 'node:fs'
import {
  Function,
  FunctionCode,
  FunctionEventType,
  type FunctionAssociation,
  FunctionRuntime,
} from 'aws-cdk-lib/aws-cloudfront'
import { Construct } from 'constructs'

export type EdgeFunctionName = 'api-request' | 'site-request' | 'socket-request'

export interface EdgeFunctionProps {
  readonly name: EdgeFunctionName
  /** Names that the function's code finds defined. */
  readonly constants?: Readonly<Record<string, unknown>>
}

/** A function that CloudFront runs on each request before anything else. Its code is a file beside this one. */
export class EdgeFunction extends Construct {
  /** Pass these to the behaviors that the function is for. */
  readonly associations: FunctionAssociation[]

  constructor(scope: Construct, id: string, { name, constants }: EdgeFunctionProps) {
    super(scope, id)
    const fn = new Function(this, 'Function', {
      comment: `Quick Connect: ${name}`,
      code: FunctionCode.fromInline(edgeFunctionCode(name, constants)),
      runtime: FunctionRuntime.JS_2_0,
    })
    this.associations = [{ function: fn, eventType: FunctionEventType.VIEWER_REQUEST }]
  }
}

/** CloudFront accepts 10 KB at most. */
const maxBytes = 10_240

export function edgeFunctionCode(
  name: EdgeFunctionName,
  constants: EdgeFunctionProps['constants'] = {},
): string {
  const definitions = Object.entries(constants).map(
    ([constant, value]) => `const ${constant} = ${JSON.stringify(value)}\n`,
  )
  const code = definitions.join('') + readFileSync(new URL(`${name}.js`, import.meta.url), 'utf8')
  const bytes = Buffer.byteLength(code)
  if (bytes > maxBytes) {
    throw new Error(`the CloudFront function ${name} has ${bytes} bytes, more than ${maxBytes}`)
  }
  return code
}
