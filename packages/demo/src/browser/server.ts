/** Asks our own server. Rejects with a sentence for the person. */
export async function ask<Answer>(path: string, body?: unknown): Promise<Answer> {
  const init =
    body === undefined
      ? {}
      : { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }
  const response = await fetch(`/demo/api/${path}`, init).catch((cause: unknown) => {
    throw new Error('The connection is gone. Try again in a moment.', { cause })
  })
  const answer = (await response.json().catch(() => ({}))) as Answer & { message?: string }
  if (!response.ok) throw new Error(answer.message ?? 'That did not work. Try again in a moment.')
  return answer
}
