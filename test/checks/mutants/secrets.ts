import type { Draft } from '../draft.ts'
import { named } from './functions.ts'
import { mutant } from './mutant.ts'

const generator = (draft: Draft, prefix: string) =>
  draft.the('AWS::SecretsManager::Secret', (_, id) => id.startsWith(prefix)).Properties[
    'GenerateSecretString'
  ]
const environment = (draft: Draft, name: string) =>
  draft.the('AWS::Lambda::Function', named(name)).Properties['Environment'].Variables

/** Secrets in another form than their readers expect, and variables that open something. */
export const secretMutants = [
  mutant("the handlers' password under another name", 'secret-form', (draft) => {
    generator(draft, 'DatabaseAppSecret').GenerateStringKey = 'pass'
  }),
  mutant("the handlers' password without its user", 'secret-form', (draft) => {
    generator(draft, 'DatabaseAppSecret').SecretStringTemplate = '{}'
  }),
  mutant('a key for tokens without its id', 'secret-form', (draft) => {
    generator(draft, 'JwtKeysSecret').SecretStringTemplate = '{"name":"first"}'
  }),
  mutant('an origin secret that is an object', 'secret-form', (draft) => {
    Object.assign(generator(draft, 'OriginSecret'), {
      SecretStringTemplate: '{}',
      GenerateStringKey: 'value',
    })
  }),
  mutant('an origin secret that can be guessed', 'secret-form', (draft) => {
    generator(draft, 'OriginSecret').PasswordLength = 12
  }),
  mutant('an API that answers past CloudFront', 'environment-open', (draft) => {
    environment(draft, 'api')['DIRECT_ACCESS'] = 'open'
  }),
  mutant('sockets for pages of any origin', 'environment-open', (draft) => {
    environment(draft, 'connect')['ALLOWED_ORIGINS'] = 'https://elsewhere.example.org'
  }),
  mutant('a handler with a debugger', 'environment-open', (draft) => {
    environment(draft, 'frame')['NODE_OPTIONS'] = '--inspect=0.0.0.0:9229'
  }),
]
