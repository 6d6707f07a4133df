import type { OracleEvent } from './events.ts'
import type { Random } from './random.ts'
import type { Channel, Delivery, Parcel } from './world.ts'

/**
 * What a bad network and careless senders make of events: requests of any size in any order, whole requests and single events sent
 * again, other content under a known id, and things that are no events.
 */
export function deliveriesOf(
  random: Random,
  sources: readonly { channel: Channel; events: readonly OracleEvent[] }[],
  now: number,
): Delivery[] {
  const deliveries = sources.flatMap(({ channel, events }) => {
    const parcels: Parcel[] = events.map((event) => ({ event }))
    const copies = parcels.flatMap((parcel) => repetitions(random, parcel))
    const refused = Array.from({ length: random.between(0, 2) }, () => refusedParcel(random, channel, events, now))
    return requests(random, channel, random.shuffled([...parcels, ...copies, ...refused]))
  })
  const again = deliveries.flatMap((delivery) =>
    random.chance(0.25) ? Array.from({ length: random.between(1, 3) }, () => delivery) : [],
  )
  return random.shuffled([...deliveries, ...again])
}

function repetitions(random: Random, parcel: Parcel): Parcel[] {
  if (random.chance(0.85)) return []
  const copies = Array.from({ length: random.between(1, 3) }, () => parcel)
  return random.chance(0.4) ? [...copies, { event: otherContent(random, parcel.event as OracleEvent) }] : copies
}

/** Another event under the same id. It may come first: then it stands. */
function otherContent(random: Random, event: OracleEvent): OracleEvent {
  const changes = [
    { page_title: 'Changed' },
    { user_id: 'user_of_the_conflict' },
    ...(event.type === 'interaction' ? [{ interaction_type: 'page_view', page_title: 'Changed' }] : []),
    ...(event.type === 'feature_use' ? [{ feature_name: 'feature_of_the_conflict' }] : []),
  ]
  return { ...event, ...random.pick(changes) }
}

function refusedParcel(random: Random, channel: Channel, events: readonly OracleEvent[], now: number): Parcel {
  const event_id = random.uuid()
  const timestamp = new Date(now).toISOString()
  const kinds: Parcel[] = [
    { refusal: 'unknown_type', event: { event_id, timestamp, type: 'teleport' } },
    { refusal: 'invalid', event: { event_id, timestamp, type: 'interaction', interaction_type: 'teleport' } },
    // A broken version of an event that also comes whole: it must not stand in its way.
    ...events.slice(0, 1).map((event) => ({ refusal: 'invalid', event: { ...event, seq: -1 } })),
  ]
  if (channel.key === 'write') {
    kinds.push({ refusal: 'forbidden_type', event: { event_id, timestamp, type: 'income', current_salary: 1 } })
  }
  return random.pick(kinds)
}

function requests(random: Random, channel: Channel, parcels: Parcel[]): Delivery[] {
  const found: Delivery[] = []
  for (let rest = parcels; rest.length > 0; ) {
    const size = random.between(1, 12)
    found.push({ channel, encoding: random.pick(['json', 'text', 'gzip']), parcels: rest.slice(0, size) })
    rest = rest.slice(size)
  }
  return found
}
