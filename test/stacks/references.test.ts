/** How the stacks of a stage depend on each other: in no way that CloudFormation could refuse. */
import { expect, test } from 'vitest'
import released from './outputs-of-release.json' with { type: 'json' }
import { synthesize } from '../support/synthesize.ts'

const { data, application } = await synthesize('prod')

/** The outputs of the data stack that a template reads. */
function reads(value: unknown): string[] {
  if (Array.isArray(value)) return value.flatMap(reads)
  if (typeof value !== 'object' || value === null) return []
  return Object.entries(value).flatMap(([key, inner]: [string, unknown]) =>
    key === 'Fn::GetStackOutput' ? [(inner as { OutputName: string }).OutputName] : reads(inner),
  )
}

const outputs = Object.keys(data.toJSON()['Outputs'] as object)
const readToday = [...new Set(reads(application.toJSON()))].toSorted()

test('the app stack finds each output that it reads, in the data stack', () => {
  expect(readToday.length).toBeGreaterThan(3)
  expect(outputs).toEqual(expect.arrayContaining(readToday))
})

test('the data stack still has each output that the app stack of the release before reads', () => {
  // Else that release's app stack could not be deployed again while its data stack is today's.
  expect(outputs).toEqual(expect.arrayContaining(released.reads))
})

test('nothing is exported: CloudFormation would refuse to remove it while another stack imports it', () => {
  for (const template of [data, application]) {
    const text = JSON.stringify(template.toJSON())
    expect(text).not.toContain('"Export":')
    expect(text).not.toContain('Fn::ImportValue')
  }
})
