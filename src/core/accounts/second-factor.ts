/**
 * [A8] The second factor of an account: an app that shows a code every 30 s (TOTP), and recovery codes in case the app
 * is lost. These functions do not ask for a password: their callers do.
 */
import { sql } from 'kysely'
import type { SecondFactor, SecondFactorBegun } from '../../protocol/second-factor.ts'
import { secondFactorSetUpSeconds } from '../../protocol/limits.ts'
import type { ChatContext } from '../context.ts'
import type { Db, Trx } from '../database/database.ts'
import { ChatError, ValidationError } from '../errors.ts'
import { giveToken, refuseOver, takeToken } from '../limits/limit.ts'
import { wireTime } from '../time.ts'
import { hashOfRecoveryCode, newRecoveryCodes } from './recovery-codes.ts'
import { newTotpSecret, qrSvg, stepOfCode, totpUri } from './totp.ts'

interface Owner {
  readonly userId: number
  readonly username: string
}

export async function readSecondFactor(db: Db | Trx, userId: number): Promise<SecondFactor> {
  const { rows } = await sql<{ confirmed_at: Date; codes: number }>`
    select f.confirmed_at,
           (select count(*) from recovery_codes r where r.user_id = f.user_id) as codes
      from second_factors f
     where f.user_id = ${userId} and f.confirmed_at is not null`.execute(db)
  const [row] = rows
  return {
    enabled: row !== undefined,
    enabled_at: row ? wireTime(row.confirmed_at) : null,
    recovery_codes_left: row?.codes ?? 0,
  }
}

/** Makes a secret. It replaces one that was not confirmed. Logins do not ask for a code yet. */
export async function beginSecondFactor(
  db: Db | Trx,
  { userId, username }: Owner,
): Promise<SecondFactorBegun> {
  const secret = newTotpSecret()
  const { rows } = await sql`
    insert into second_factors as f (user_id, secret)
    select u.id, ${secret} from users u where u.id = ${userId} and u.deleted_at is null
      on conflict (user_id) do update set secret = excluded.secret, begun_at = now()
        where f.confirmed_at is null
    returning f.user_id`.execute(db)
  if (rows.length === 0) throw isOn()
  return show(secret, username)
}

/** Shows a secret again that was made and not confirmed yet. */
export async function readBegun(
  db: Db | Trx,
  { userId, username }: Owner,
): Promise<SecondFactorBegun> {
  return show(await findBegun(db, userId), username)
}

/**
 * Turns the second factor on with a first code of the app, and returns the recovery codes. Sessions of the admin's
 * pages that were begun without a code end, except `adminSessionId`.
 */
export async function confirmSecondFactor(
  db: Db | Trx,
  userId: number,
  code: string,
  adminSessionId?: number,
): Promise<string[]> {
  const secret = await findBegun(db, userId)
  const step = stepOfCode(secret, typedCode(code))
  if (step === undefined) {
    throw new ValidationError([
      {
        field: 'code',
        message:
          'is not the code that the app shows now: check the code, and the clock of the device',
      },
    ])
  }
  const codes = newRecoveryCodes()
  const { rows } = await sql<{ confirmed: number }>`
    with confirmed as (
      update second_factors set confirmed_at = now(), used_step = ${step}
       where user_id = ${userId} and secret = ${secret} and confirmed_at is null
      returning user_id),
    made as (
      insert into recovery_codes (user_id, hash)
      select c.user_id, h.value from confirmed c, ${hashesOf(codes)} h
      returning user_id),
    ended as (
      delete from admin_sessions s using confirmed c
       where s.user_id = c.user_id and s.id <> ${adminSessionId ?? 0}
      returning s.id)
    select count(*) as confirmed from confirmed`.execute(db)
  if (rows[0]!.confirmed === 0) throw isOn()
  return codes
}

/**
 * Charges a user for an attempt to confirm, and gives it back if the code was right. Without this limit, somebody with
 * an open session could guess the code for a secret that its owner has made, and would get the recovery codes.
 */
export async function limitConfirming<T>(
  { db, limits }: Pick<ChatContext, 'db' | 'limits'>,
  userId: number,
  confirm: () => Promise<T>,
): Promise<T> {
  const key = `code:setup:${userId}`
  refuseOver(await takeToken(db, key, limits.codesPerAccount), 'too many wrong codes')
  const done = await confirm()
  await giveToken(db, key, limits.codesPerAccount)
  return done
}

/** Makes new recovery codes. They replace all earlier ones. */
export async function renewRecoveryCodes(db: Db | Trx, userId: number): Promise<string[]> {
  const codes = newRecoveryCodes()
  const { rows } = await sql<{ factors: number }>`
    with factor as (
      select f.user_id from second_factors f
       where f.user_id = ${userId} and f.confirmed_at is not null for update),
    gone as (
      delete from recovery_codes r using factor f where r.user_id = f.user_id returning r.user_id),
    made as (
      insert into recovery_codes (user_id, hash)
      select f.user_id, h.value from factor f, ${hashesOf(codes)} h
      returning user_id)
    select count(*) as factors from factor`.execute(db)
  if (rows[0]!.factors === 0) throw isOff()
  return codes
}

/**
 * Turns the second factor off, or forgets a secret that was not confirmed. Deletes the recovery codes, too. Returns
 * whether it was on.
 */
export async function removeSecondFactor(db: Db | Trx, userId: number): Promise<boolean> {
  const { rows } = await sql<{ was_on: boolean }>`
    delete from second_factors where user_id = ${userId}
    returning confirmed_at is not null as was_on`.execute(db)
  return rows[0]?.was_on ?? false
}

/** Uses a code of the app or a recovery code. Each is valid once. Returns whether the code was valid. */
export async function useCode(db: Db | Trx, userId: number, given: string): Promise<boolean> {
  const code = typedCode(given)
  return /^\d{6}$/.test(code)
    ? await useAppCode(db, userId, code)
    : await useRecovery(db, userId, code)
}

async function useAppCode(db: Db | Trx, userId: number, code: string): Promise<boolean> {
  const factor = await db
    .selectFrom('second_factors')
    .where('user_id', '=', userId)
    .where('confirmed_at', 'is not', null)
    .select('secret')
    .executeTakeFirst()
  const step = factor && stepOfCode(factor.secret, code)
  if (step === undefined) return false
  // If two requests give the same code at the same time, one of them finds it used.
  const { rows } = await sql`
    update second_factors set used_step = ${step}
     where user_id = ${userId} and secret = ${factor!.secret} and used_step < ${step}
    returning user_id`.execute(db)
  return rows.length > 0
}

async function useRecovery(db: Db | Trx, userId: number, code: string): Promise<boolean> {
  const { rows } = await sql`
    delete from recovery_codes
     where user_id = ${userId} and hash = ${hashOfRecoveryCode(code)}
    returning user_id`.execute(db)
  return rows.length > 0
}

async function findBegun(db: Db | Trx, userId: number): Promise<string> {
  const factor = await db
    .selectFrom('second_factors')
    .where('user_id', '=', userId)
    .select([
      'secret',
      'confirmed_at',
      sql<boolean>`begun_at > now() - make_interval(secs => ${sql.lit(secondFactorSetUpSeconds)})`.as(
        'is_new',
      ),
    ])
    .executeTakeFirst()
  if (factor?.confirmed_at) throw isOn()
  if (!factor?.is_new) {
    throw new ChatError(
      'conflict',
      'no set-up is open: begin with a new secret, and confirm it within 30 minutes',
    )
  }
  return factor.secret
}

function show(secret: string, username: string): SecondFactorBegun {
  const uri = totpUri(secret, username)
  return { secret, uri, qr_svg: qrSvg(uri) }
}

/** SQL for the hashes of codes, as rows of one column `value`. */
function hashesOf(codes: readonly string[]) {
  const hashes = JSON.stringify(codes.map(hashOfRecoveryCode))
  return sql`jsonb_array_elements_text(cast(${hashes} as jsonb))`
}

/** Removes spaces, and turns Arabic and full-width digits into ASCII digits. */
function typedCode(given: string): string {
  return given
    .normalize('NFKC')
    .replace(/\s/g, '')
    .replace(/[\u0660-\u0669\u06f0-\u06f9]/g, (digit) => String(digit.charCodeAt(0) & 0xf))
}

function isOn(): ChatError {
  return new ChatError('conflict', 'the second factor is on already: turn it off first')
}

function isOff(): ChatError {
  return new ChatError('conflict', 'the second factor is off: turn it on first')
}
