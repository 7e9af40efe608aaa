import { transformSync } from 'esbuild'
import { Unresolvable } from '../resolve.ts'
import type { Rule } from '../rule.ts'

/** CloudFront accepts 10 KB at most. */
const maxBytes = 10_240

export const edgeFunctionRules: readonly Rule[] = [
  {
    id: 'edge-function-code',
    refuses:
      "a function at the edge that CloudFront's runtime cannot run: no handler, newer syntax than it knows, imports, or over 10 KB",
    of: 'AWS::CloudFront::Function',
    *check(fn) {
      const runtime = fn.text('FunctionConfig', 'Runtime')
      if (runtime !== 'cloudfront-js-2.0') {
        yield `Runtime is ${runtime}: take cloudfront-js-2.0, which knows const and let`
      }
      const code = fn.text('FunctionCode') ?? ''
      const bytes = Buffer.byteLength(code)
      if (bytes > maxBytes) yield `FunctionCode has ${bytes} bytes: CloudFront takes ${maxBytes}`
      if (!/^(?:async )?function handler\(/m.test(code)) {
        yield 'FunctionCode has no function handler: define it at the top level'
      }
      if (/^\s*(?:import|export)\b/m.test(code)) {
        yield 'FunctionCode has an import or export: CloudFront takes a script, not a module'
      }
      if (written(code, 'esnext') !== written(code, 'es2017')) {
        yield 'FunctionCode has syntax that is newer than ES2017, such as ?. or ??: write it in older syntax'
      }
      if (/\bclass\s+\w/.test(code)) yield 'FunctionCode has a class: the runtime has none'
    },
  },
]

/**
 * Rewrites the code for a version of the language. The result equals the one for the newest version when the code uses
 * nothing newer.
 */
function written(code: string, target: 'esnext' | 'es2017'): string {
  try {
    return transformSync(code, { target }).code
  } catch (cause) {
    throw new Unresolvable(code.slice(0, 60), 'it is not JavaScript', { cause })
  }
}
