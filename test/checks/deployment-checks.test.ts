import { readFileSync } from 'node:fs'
import { App, Stack, Validations } from 'aws-cdk-lib'
import { CfnLogGroup } from 'aws-cdk-lib/aws-logs'
import { describe, expect, onTestFinished, test } from 'vitest'
import { DeploymentChecks } from '../../lib/checks/deployment-checks.ts'
import { makeTempDir } from '../support/temp-dir.ts'

const { context } = JSON.parse(readFileSync('cdk.json', 'utf8')) as {
  context: Record<string, unknown>
}

/** Synthesizes a log that is kept for ever, and gives the error that refuses it. */
async function refusal(acknowledge: (log: CfnLogGroup) => void): Promise<unknown> {
  const dir = await makeTempDir()
  onTestFinished(() => dir[Symbol.asyncDispose]())
  const app = new App({ outdir: dir.path, builtinCloudFormationValidation: false })
  Validations.of(app).addPlugins(new DeploymentChecks({ isProtected: false, keepsData: false }))
  acknowledge(new CfnLogGroup(new Stack(app, 'App'), 'Log'))
  try {
    app.synth()
  } catch (error) {
    return error
  }
  return undefined
}

describe('a synthesis', () => {
  // Without its setting in cdk.json the CDK only warns, and rules that are left to the validator would be nobody's.
  test("is refused with what AWS's validator finds", async () => {
    await using dir = await makeTempDir()
    const app = new App({ outdir: dir.path, context })
    const log = new CfnLogGroup(new Stack(app, 'App'), 'Log')
    log.logGroupName = 'the log'
    expect(() => app.synth()).toThrow(/ERROR LogGroupName: 'the log' does not match/)
  })

  test('is refused with what the checks find', async () => {
    const error = await refusal(() => undefined)
    expect(String(error)).toContain('ERROR RetentionInDays is not set: set it (Quick Connect)')
    expect(String(error)).toContain("Acknowledge with 'Quick-Connect::log-retention'")
  })

  test('takes a finding that is acknowledged beside its construct, and that one alone', async () => {
    const error = await refusal((log) =>
      Validations.of(log).acknowledge({
        id: 'Quick-Connect::log-retention',
        reason: 'what was said has to be kept',
      }),
    )
    expect(String(error)).not.toContain('log-retention')
    expect(String(error)).toContain('Quick-Connect::function-missing')
  })
})
