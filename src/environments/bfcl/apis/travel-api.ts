import { round, toFloat, toInt } from "../python/builtins.ts";
import { type PyDateTime, strptime } from "../python/datetime.ts";
import { PyError, valueError } from "../python/errors.ts";
import { f } from "../python/format.ts";
import { callMethod, itemsOf } from "../python/methods.ts";
import {
  addInPlace,
  contains,
  delItem,
  eq,
  getItem,
  iterate,
  lt,
  mul,
  ne,
  setItem,
  subInPlace,
  truediv,
  truthy,
} from "../python/operators.ts";
import { PyRandom } from "../python/random.ts";
import { repr } from "../python/repr.ts";
import { deepCopy, PyDict, PyTuple, type PyValue } from "../python/values.ts";
import { Api, type ApiContext, defineApi } from "./api.ts";
import { AIRPORT_OF_CITY, AIRPORTS, BASE_FARES, DOLLAR_RATES } from "./travel-fares.ts";

const FACTORS: Readonly<Record<string, number>> = { economy: 1, business: 2, first: 5 };
/** A set in the official code, printed in an order that differs from process to process; here one fixed order. */
const CLASSES = PyDict.of({ economy: null, business: null, first: null });
const SUPPORT =
  "Thank you for contacting customer support. Your message has been received and we will get back to you shortly.";

/** The official travel_booking.py: credit cards, flights and bookings behind an access token. */
export class TravelApi extends Api {
  credit_card_list: PyValue;
  booking_record: PyValue;
  access_token: PyValue;
  token_type: PyValue;
  token_expires_in: PyValue;
  token_scope: PyValue;
  user_first_name: PyValue;
  user_last_name: PyValue;
  budget_limit: PyValue;
  long_context: boolean;
  readonly #random: PyRandom;
  readonly #today: () => PyDateTime;

  constructor(scenario: PyDict, { longContext, today }: ApiContext) {
    super();
    this.#today = today;
    this.#random = new PyRandom(toInt(scenario.getOr("random_seed", 141053n)));
    this.credit_card_list = scenario.getOr("credit_card_list", new PyDict());
    this.booking_record = scenario.getOr("booking_record", new PyDict());
    this.access_token = scenario.getOr("access_token", null);
    this.token_type = scenario.getOr("token_type", null);
    this.token_expires_in = scenario.getOr("token_expires_in", null);
    this.token_scope = scenario.getOr("token_scope", null);
    this.user_first_name = scenario.getOr("user_first_name", null);
    this.user_last_name = scenario.getOr("user_last_name", null);
    this.budget_limit = scenario.getOr("budget_limit", null);
    this.long_context = longContext !== null;
    addMissing(this.credit_card_list, longContext?.get("CREDIT_CARD_EXTENSION"));
    addMissing(this.booking_record, longContext?.get("BOOKING_RECORD_EXTENSION"));
  }

  authenticate_travel(
    _client_id: PyValue,
    _client_secret: PyValue,
    _refresh_token: PyValue,
    grant_type: PyValue,
    user_first_name: PyValue,
    user_last_name: PyValue,
  ): PyValue {
    this.token_expires_in = 2n;
    this.access_token = this.#digits(6);
    this.token_type = "Bearer";
    this.token_scope = grant_type;
    this.user_first_name = user_first_name;
    this.user_last_name = user_last_name;
    return PyDict.of({ expires_in: 2n, access_token: this.access_token, token_type: "Bearer", scope: grant_type });
  }

  travel_get_login_status(): PyValue {
    return PyDict.of({ status: !(this.token_expires_in === null || eq(this.token_expires_in, 0n)) });
  }

  get_budget_fiscal_year(_lastModifiedAfter: PyValue, _includeRemoved: PyValue): PyValue {
    return PyDict.of({ budget_fiscal_year: "2018" });
  }

  register_credit_card(
    access_token: PyValue,
    card_number: PyValue,
    expiration_date: PyValue,
    cardholder_name: PyValue,
    card_verification_number: PyValue,
  ): PyValue {
    if (this.token_expires_in === null) return PyDict.of({ error: "Token not initialized" });
    const refusal = this.#refuseToken(access_token);
    if (refusal !== null) return PyDict.of({ error: refusal });
    if (contains(this.credit_card_list, card_number)) return PyDict.of({ error: "Card already registered" });
    const card_id = this.#digits(12);
    const balance = this.#random.randint(10_000n, 99_999n);
    setItem(
      this.credit_card_list,
      card_id,
      PyDict.of({ card_number, expiration_date, cardholder_name, card_verification_number, balance }),
    );
    return PyDict.of({ card_id });
  }

  get_flight_cost(travel_from: PyValue, travel_to: PyValue, travel_date: PyValue, travel_class: PyValue): PyValue {
    const costs = this.#fares(travel_from, travel_to, travel_date, travel_class);
    return PyDict.of({ travel_cost_list: this.long_context ? costs.all() : [costs.own] });
  }

  get_credit_card_balance(access_token: PyValue, card_id: PyValue): PyValue {
    const refusal = this.#refuseToken(access_token);
    if (refusal !== null) return PyDict.of({ error: refusal });
    if (!contains(this.credit_card_list, card_id)) {
      const ids = repr(callMethod(this.credit_card_list, "keys"));
      return PyDict.of({ error: `Card not registered. Here are a list of card_id's: ${ids}` });
    }
    return PyDict.of({ card_balance: getItem(getItem(this.credit_card_list, card_id), "balance") });
  }

  book_flight(
    access_token: PyValue,
    card_id: PyValue,
    travel_date: PyValue,
    travel_from: PyValue,
    travel_to: PyValue,
    travel_class: PyValue,
  ): PyValue {
    const refusal = this.#refuseToken(access_token);
    if (refusal !== null) return notBooked(refusal);
    if (!contains(this.credit_card_list, card_id)) return notBooked("Card not registered");
    const card = getItem(this.credit_card_list, card_id);
    if (!contains(card, "balance")) return notBooked("Balance not found");
    if (!contains([...AIRPORTS], travel_from)) return notBooked(f`Invalid departure airport code: ${travel_from}`);
    if (!contains([...AIRPORTS], travel_to)) return notBooked(f`Invalid destination airport code: ${travel_to}`);
    if (!isDate(travel_date)) return notBooked("Invalid date format. Use YYYY-MM-DD.");
    if (!CLASSES.has(travel_class)) {
      const classes = Array.from(CLASSES.keys(), repr).join(", ");
      return notBooked(`Invalid travel class. Must be one of {${classes}}`);
    }
    const travel_cost = attempt(() => this.#fares(travel_from, travel_to, travel_date, travel_class).own);
    if (travel_cost instanceof PyError) return notBooked(travel_cost.message);
    const balance = getItem(card, "balance");
    if (lt(balance, travel_cost)) return notBooked("Insufficient funds");
    if (this.budget_limit !== null && lt(balance, this.budget_limit))
      return notBooked("Balance is less than budget limit");
    setItem(card, "balance", subInPlace(balance, travel_cost));
    const booking_id = this.#digits(7);
    const transaction_id = this.#digits(8);
    setItem(
      this.booking_record,
      booking_id,
      PyDict.of({ card_id, travel_date, travel_from, travel_to, travel_class, travel_cost, transaction_id }),
    );
    const booking_history = this.long_context ? this.booking_record : new PyDict();
    return PyDict.of({ booking_id, transaction_id, booking_status: true, booking_history });
  }

  retrieve_invoice(access_token: PyValue, booking_id: PyValue, _insurance_id: PyValue): PyValue {
    const refusal = this.#refuseToken(access_token);
    if (refusal !== null) return PyDict.of({ error: refusal });
    if (!contains(this.booking_record, booking_id)) return PyDict.of({ error: "Booking not found" });
    const booking = getItem(this.booking_record, booking_id);
    const invoice = PyDict.of({ booking_id });
    for (const field of ["travel_date", "travel_from", "travel_to", "travel_class", "travel_cost", "transaction_id"]) {
      invoice.set(field, getItem(booking, field));
    }
    return PyDict.of({ invoice });
  }

  get_booking_history(access_token: PyValue): PyValue {
    const refusal = this.#refuseToken(access_token);
    if (refusal !== null) return PyDict.of({ error: refusal });
    return PyDict.of({ booking_history: deepCopy(this.booking_record) });
  }

  list_all_airports(): PyValue {
    return [...AIRPORTS];
  }

  cancel_booking(access_token: PyValue, booking_id: PyValue): PyValue {
    const refusal = this.#refuseToken(access_token);
    if (refusal !== null) return PyDict.of({ cancel_status: false, error: refusal });
    if (!contains(this.booking_record, booking_id)) {
      return PyDict.of({ cancel_status: false, error: "Booking not found" });
    }
    const booking = getItem(this.booking_record, booking_id);
    const card_id = getItem(booking, "card_id");
    const travel_cost = getItem(booking, "travel_cost");
    const card = getItem(this.credit_card_list, card_id);
    setItem(card, "balance", addInPlace(getItem(card, "balance"), travel_cost));
    delItem(this.booking_record, booking_id);
    return PyDict.of({ cancel_status: true });
  }

  compute_exchange_rate(base_currency: PyValue, target_currency: PyValue, value: PyValue): PyValue {
    for (const [currency, rate] of DOLLAR_RATES) {
      if (eq(base_currency, "USD") && eq(target_currency, currency)) {
        return PyDict.of({ exchanged_value: toFloat(mul(value, rate)) });
      }
      if (eq(base_currency, currency) && eq(target_currency, "USD")) {
        return PyDict.of({ exchanged_value: round(truediv(value, rate), 2n) });
      }
    }
    throw valueError("No available exchange rate for the given currencies.");
  }

  verify_traveler_information(
    first_name: PyValue,
    last_name: PyValue,
    date_of_birth: PyValue,
    passport_number: PyValue,
  ): PyValue {
    if (ne(this.user_first_name, first_name) || ne(this.user_last_name, last_name)) {
      const expected = f`Expected ${this.user_first_name} ${this.user_last_name}, got ${first_name} ${last_name}`;
      return notVerified(`Cannot book flight information for another user.${expected}`);
    }
    const born = attempt(() => strptime(date_of_birth, "%Y-%m-%d"));
    if (born instanceof PyError) return notVerified("Invalid date of birth format. Please use YYYY-MM-DD.");
    if (ageOf(born, this.#today()) < 18) return notVerified("Traveler must be at least 18 years old.");
    if (!truthy(callMethod(passport_number, "startswith", "US"))) {
      return notVerified("Passport must be issued by the United States.");
    }
    return PyDict.of({ verification_status: true });
  }

  set_budget_limit(access_token: PyValue, budget_limit: PyValue): PyValue {
    const refusal = this.#refuseToken(access_token);
    if (refusal !== null) return PyDict.of({ error: refusal });
    this.budget_limit = toFloat(budget_limit);
    return PyDict.of({ budget_limit: this.budget_limit });
  }

  get_nearest_airport_by_city(location: PyValue): PyValue {
    return PyDict.of({ nearest_airport: PyDict.of(AIRPORT_OF_CITY).getOr(location, "Unknown") });
  }

  purchase_insurance(
    access_token: PyValue,
    _insurance_type: PyValue,
    booking_id: PyValue,
    insurance_cost: PyValue,
    card_id: PyValue,
  ): PyValue {
    const refused = (error: string) => PyDict.of({ insurance_status: false, error });
    const refusal = this.#refuseToken(access_token);
    if (refusal !== null) return refused(refusal);
    if (this.budget_limit !== null && lt(this.budget_limit, insurance_cost)) return refused("Exceeded budget limit");
    if (!contains(this.booking_record, booking_id)) return refused("Booking not found");
    if (!contains(this.credit_card_list, card_id)) return refused("Credit card not registered");
    const card = getItem(this.credit_card_list, card_id);
    setItem(card, "balance", subInPlace(getItem(card, "balance"), insurance_cost));
    return PyDict.of({ insurance_id: this.#digits(9), insurance_status: true });
  }

  contact_customer_support(booking_id: PyValue, _message: PyValue): PyValue {
    if (!contains(this.booking_record, booking_id)) return PyDict.of({ error: "Booking not found" });
    return PyDict.of({ customer_support_message: SUPPORT });
  }

  get_all_credit_cards(): PyValue {
    return PyDict.of({ credit_card_list: this.credit_card_list });
  }

  #refuseToken(access_token: PyValue): string | null {
    if (eq(this.token_expires_in, 0n)) return "Token expired";
    return ne(access_token, this.access_token) ? "Invalid access token" : null;
  }

  /** A random number of so many digits, as text. */
  #digits(count: number): string {
    const low = 10n ** BigInt(count - 1);
    return this.#random.randint(low, low * 10n - 1n).toString();
  }

  /** Fares of a class on a date: that of the route, and those of all routes. Throws ValueError on what is unknown. */
  #fares(from: PyValue, to: PyValue, date: PyValue, travel_class: PyValue): { own: number; all: () => PyValue[] } {
    // The official look-up hashes the pair, which an unhashable airport does not survive.
    new PyDict().has(new PyTuple([from, to]));
    const base = typeof from === "string" && typeof to === "string" ? BASE_FARES.get(`${from}|${to}`) : undefined;
    if (base === undefined) throw valueError("No available route for the given airports.");
    const factor =
      typeof travel_class === "string" && Object.hasOwn(FACTORS, travel_class) ? FACTORS[travel_class] : undefined;
    if (factor === undefined) throw valueError("Invalid travel class. Options are: economy, business, first.");
    let digits = 0n;
    for (const char of iterate(date)) if (truthy(callMethod(char, "isdigit"))) digits += toInt(char);
    const times = factor * (digits % 2n === 0n ? 2 : 1);
    return { own: base * times, all: () => Array.from(BASE_FARES.values(), (fare) => fare * times) };
  }
}

function addMissing(records: PyValue, extension: PyValue | undefined): void {
  if (extension === undefined) return;
  for (const [id, record] of itemsOf(extension)) if (!contains(records, id)) setItem(records, id, deepCopy(record));
}

function notBooked(error: string): PyDict {
  return PyDict.of({ booking_status: false, error });
}

function notVerified(verification_failure: string): PyDict {
  return PyDict.of({ verification_status: false, verification_failure });
}

/** The value, or the ValueError that the official code catches; any other exception flies on. */
function attempt<T>(run: () => T): T | PyError {
  try {
    return run();
  } catch (error) {
    if (error instanceof PyError && error.is("ValueError")) return error;
    throw error;
  }
}

function isDate(text: PyValue): boolean {
  return !(attempt(() => strptime(text, "%Y-%m-%d")) instanceof PyError);
}

function ageOf(born: PyDateTime, today: PyDateTime): number {
  const before = today.month < born.month || (today.month === born.month && today.day < born.day);
  return today.year - born.year - (before ? 1 : 0);
}

export const travelApi = defineApi("TravelAPI", (scenario, context) => new TravelApi(scenario, context), {
  authenticate_travel: "(client_id, client_secret, refresh_token, grant_type, user_first_name, user_last_name)",
  book_flight: "(access_token, card_id, travel_date, travel_from, travel_to, travel_class)",
  cancel_booking: "(access_token, booking_id)",
  compute_exchange_rate: "(base_currency, target_currency, value)",
  contact_customer_support: "(booking_id, message)",
  get_all_credit_cards: "()",
  get_booking_history: "(access_token)",
  get_budget_fiscal_year: "(lastModifiedAfter=None, includeRemoved=None)",
  get_credit_card_balance: "(access_token, card_id)",
  get_flight_cost: "(travel_from, travel_to, travel_date, travel_class)",
  get_nearest_airport_by_city: "(location)",
  list_all_airports: "()",
  purchase_insurance: "(access_token, insurance_type, booking_id, insurance_cost, card_id)",
  register_credit_card: "(access_token, card_number, expiration_date, cardholder_name, card_verification_number)",
  retrieve_invoice: "(access_token, booking_id=None, insurance_id=None)",
  set_budget_limit: "(access_token, budget_limit)",
  travel_get_login_status: "()",
  verify_traveler_information: "(first_name, last_name, date_of_birth, passport_number)",
});
