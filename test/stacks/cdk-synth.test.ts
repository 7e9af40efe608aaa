import { execFile } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { expect, onTestFinished, test } from 'vitest'
import { makeTempDir } from '../support/temp-dir.ts'

const run = promisify(execFile)
const bin = join(import.meta.dirname, '../../node_modules/.bin')
const { context } = JSON.parse(readFileSync('cdk.json', 'utf8')) as {
  context: { stages: Record<string, object> }
}

/** The environment has neither an account nor a network: host names do not resolve, and there are no credentials. */
const environment = {
  PATH: `${bin}:${process.env['PATH']}`,
  HOME: '/nonexistent',
  AWS_EC2_METADATA_DISABLED: 'true',
  HTTPS_PROXY: 'http://127.0.0.1:9',
  NODE_COMPILE_CACHE: process.env['NODE_COMPILE_CACHE'],
}

async function outdir(): Promise<string> {
  const dir = await makeTempDir()
  onTestFinished(() => dir[Symbol.asyncDispose]())
  return join(dir.path, 'cdk.out')
}

test('npx cdk synth writes prod without findings of AWS’s rules and cdk-nag', async () => {
  const out = await outdir()
  const args = ['synth', '--all', '--quiet', '--context', 'stage=prod', '--output', out]
  await run(join(bin, 'cdk'), args, { env: environment })
  expect(readdirSync(out).filter((name) => name.endsWith('.template.json'))).toEqual([
    'QuickConnect-prod-App.template.json',
    'QuickConnect-prod-Data.template.json',
  ])
  const manifest = JSON.parse(readFileSync(join(out, 'manifest.json'), 'utf8')) as {
    artifacts: Record<string, object>
  }
  // One command cannot delete either stack of prod.
  for (const stack of ['QuickConnect-prod-App', 'QuickConnect-prod-Data']) {
    expect(manifest.artifacts[stack]).toMatchObject({ properties: { terminationProtection: true } })
  }
  // Values that would need a look-up in an account.
  expect(manifest).not.toHaveProperty('missing')
}, 300_000)

test('a stage with host names, firewall and alarms by mail has no findings, either', async () => {
  const out = await outdir()
  const settings = {
    region: 'eu-central-1',
    domain: {
      name: 'chat.example.org',
      adminName: 'admin.example.org',
      hostedZoneId: 'Z0123456789ABCDEFGHIJ',
      hostedZoneName: 'example.org',
    },
    hasFirewall: true,
    hasAlarms: true,
    releasesGradually: true,
    hasDashboard: true,
    tracing: 'sampled',
    monthlyBudget: 20,
    alarmEmail: 'ops@example.org',
    setsApiGatewayLogRole: false,
  }
  const stages = { dev: { ...context.stages['dev'], ...settings } }
  await run(join(bin, 'node'), ['bin/app.ts'], {
    // As the command starts it.
    env: {
      ...environment,
      CDK_OUTDIR: out,
      CDK_CONTEXT_JSON: JSON.stringify({ ...context, stages }),
    },
  })
  expect(readdirSync(out).filter((name) => name.endsWith('.template.json'))).toEqual([
    'QuickConnect-dev-App.template.json',
    'QuickConnect-dev-CdnAlarms.template.json',
    'QuickConnect-dev-Certificate.template.json',
    'QuickConnect-dev-Data.template.json',
    'QuickConnect-dev-Firewall.template.json',
  ])
}, 300_000)
