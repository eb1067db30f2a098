import { abs, toFloat, toInt } from "../python/builtins.ts";
import { PyDateTime, strptime } from "../python/datetime.ts";
import { format, strFormat } from "../python/format.ts";
import { keyError } from "../python/lookup-errors.ts";
import { callMethod, itemsOf, join } from "../python/methods.ts";
import {
  addInPlace,
  contains,
  ge,
  getItem,
  gt,
  iterate,
  le,
  mul,
  ne,
  setItem,
  subInPlace,
  truthy,
} from "../python/operators.ts";
import { PyRandom } from "../python/random.ts";
import { str } from "../python/repr.ts";
import { isDigit } from "../python/strings.ts";
import { deepCopy, isInt, PyDict, type PyValue } from "../python/values.ts";
import { Api, type ApiContext, defineApi, type LongContextData } from "./api.ts";
import { DEFAULT_SEED, defaultState, SECTORS, SYMBOLS } from "./trading-bot-data.ts";

/** The clock of every trading bot stands still. */
const NOW = new PyDateTime(2024, 9, 1, 10, 30);
const DAY = 86_400;

const dict = (entries: Record<string, PyValue>): PyDict => PyDict.of(entries);
const failure = (message: string): PyDict => PyDict.of({ error: message });

/** The official TradingBot: orders, an account, a watch list and a market whose prices never move. */
export class TradingBotApi extends Api {
  orders: PyValue;
  account_info: PyValue;
  authenticated: PyValue;
  market_status: PyValue;
  order_counter: PyValue;
  stocks: PyValue;
  watch_list: PyValue;
  transaction_history: PyValue;
  long_context: boolean;
  readonly #random: PyRandom;
  readonly #long: LongContextData | null;

  constructor(scenario: PyDict, { longContext }: ApiContext) {
    super();
    const setting = (name: Parameters<typeof defaultState>[0]) => scenario.get(name) ?? absent(scenario, name);
    this.orders = withIntKeys(setting("orders"));
    this.account_info = setting("account_info");
    this.authenticated = setting("authenticated");
    this.market_status = setting("market_status");
    this.order_counter = setting("order_counter");
    this.stocks = setting("stocks");
    this.watch_list = setting("watch_list");
    this.transaction_history = setting("transaction_history");
    this.long_context = longContext !== null;
    this.#long = longContext;
    const seed = scenario.get("random_seed") ?? DEFAULT_SEED;
    this.#random = new PyRandom(isInt(seed) ? toInt(seed) : DEFAULT_SEED);
  }

  get_current_time(): PyValue {
    return dict({ current_time: "10:30 AM" });
  }

  get_symbol_by_name(name: PyValue): PyValue {
    return dict({ symbol: SYMBOLS.get(name) ?? "Stock not found" });
  }

  get_stock_info(symbol: PyValue): PyValue {
    if (!contains(this.stocks, symbol)) return failure(`Stock with symbol '${str(symbol)}' not found.`);
    if (!this.#long) return getItem(this.stocks, symbol);
    const stock = callMethod(getItem(this.stocks, symbol), "copy");
    // Thousands of numbers, and the text of a constant list is made once: not copied, as no method keeps such a result.
    setItem(stock, "MA(5)", this.#constant("MA_5_EXTENSION"));
    setItem(stock, "MA(20)", this.#constant("MA_20_EXTENSION"));
    return stock;
  }

  get_order_details(order_id: PyValue): PyValue {
    if (!contains(this.orders, order_id)) {
      const known = str([...iterate(this.orders)]);
      return failure(`Order with ID ${str(order_id)} not found.Here is the list of orders_id: ${known}`);
    }
    if (!this.#long) return getItem(this.orders, order_id);
    const order = callMethod(getItem(this.orders, order_id), "copy");
    const symbol = getItem(order, "symbol");
    const metadata = new PyDict();
    for (const [key, text] of itemsOf(this.#extension("ORDER_DETAIL_EXTENSION"))) {
      metadata.set(key, strFormat(str(text), { symbol }));
    }
    setItem(order, "metadata", metadata);
    return order;
  }

  cancel_order(order_id: PyValue): PyValue {
    if (!contains(this.orders, order_id)) return failure(`Order with ID ${str(order_id)} not found.`);
    const order = getItem(this.orders, order_id);
    if (getItem(order, "status") === "Completed") {
      return failure(`Can't cancel order ${str(order_id)}. Order is already completed.`);
    }
    setItem(order, "status", "Cancelled");
    return dict({ order_id, status: "Cancelled" });
  }

  place_order(order_type: PyValue, symbol: PyValue, price: PyValue, amount: PyValue): PyValue {
    if (!truthy(this.authenticated)) return failure("User not authenticated. Please log in to place an order.");
    if (!contains(this.stocks, symbol)) return failure(`Invalid stock symbol: ${str(symbol)}`);
    if (le(price, 0n) || le(amount, 0n)) return failure("Price and amount must be positive values.");
    if (callMethod(order_type, "lower") === "buy") {
      const cost = mul(toFloat(price), toInt(amount));
      const balance = callMethod(this.account_info, "get", "balance", 0n);
      if (gt(cost, balance)) {
        return failure(
          `Insufficient funds: required $${format(cost, ".2f")} but only $${format(balance, ".2f")} available.`,
        );
      }
    }
    const paid = toFloat(price);
    const order_id = this.order_counter;
    const order = dict({ id: order_id, order_type, symbol, price: paid, amount, status: "Open" });
    setItem(this.orders, order_id, order);
    this.order_counter = addInPlace(order_id, 1n);
    // "Pending" is what the caller hears, "Open" what later questions show: as if the market had just taken it.
    return dict({ order_id, order_type, status: "Pending", price: paid, amount });
  }

  withdraw_funds(amount: PyValue): PyValue {
    if (!truthy(this.authenticated)) return failure("User not authenticated. Please log in to make a transaction.");
    if (ne(this.market_status, "Open")) return failure("Market is closed. Transactions are not allowed.");
    if (le(amount, 0n)) return failure("Transaction amount must be positive.");
    const balance = getItem(this.account_info, "balance");
    if (gt(amount, balance)) return failure("Insufficient funds for withdrawal.");
    setItem(this.account_info, "balance", subInPlace(balance, amount));
    return this.#recorded("withdrawal", amount, "Withdrawal successful");
  }

  get_account_info(): PyValue {
    if (truthy(this.authenticated)) return this.account_info;
    return failure("User not authenticated. Please log in to view account information.");
  }

  trading_login(_username: PyValue, _password: PyValue): PyValue {
    if (truthy(this.authenticated)) return dict({ status: "Already logged in" });
    this.authenticated = true;
    return dict({ status: "Logged in successfully" });
  }

  trading_get_login_status(): PyValue {
    return dict({ status: truthy(this.authenticated) });
  }

  trading_logout(): PyValue {
    if (!truthy(this.authenticated)) return dict({ status: "No user is currently logged in" });
    this.authenticated = false;
    return dict({ status: "Logged out successfully" });
  }

  fund_account(amount: PyValue): PyValue {
    if (!truthy(this.authenticated)) return failure("User not authenticated. Please log in to fund the account.");
    if (le(amount, 0n)) return failure("Funding amount must be positive.");
    setItem(this.account_info, "balance", addInPlace(getItem(this.account_info, "balance"), amount));
    return this.#recorded("deposit", amount, "Account funded successfully");
  }

  remove_stock_from_watchlist(symbol: PyValue): PyValue {
    if (!truthy(this.authenticated)) return failure("User not authenticated. Please log in to modify the watchlist.");
    if (!contains(this.watch_list, symbol)) return failure(`Stock ${str(symbol)} not found in watchlist.`);
    callMethod(this.watch_list, "remove", symbol);
    return dict({ status: `Stock ${str(symbol)} removed from watchlist successfully.` });
  }

  get_watchlist(): PyValue {
    if (!truthy(this.authenticated)) {
      return ["Error: User not authenticated. Please log in to view the watchlist."];
    }
    if (!this.#long) return dict({ watchlist: this.watch_list });
    const watched = callMethod(this.watch_list, "copy");
    callMethod(watched, "extend", this.#extension("WATCH_LIST_EXTENSION"));
    return watched;
  }

  get_order_history(): PyValue {
    if (!truthy(this.authenticated)) {
      return [failure("User not authenticated. Please log in to view order history.")];
    }
    return dict({ history: [...iterate(this.orders)] });
  }

  get_transaction_history(start_date: PyValue, end_date: PyValue): PyValue {
    if (!truthy(this.authenticated)) {
      return [failure("User not authenticated. Please log in to view transaction history.")];
    }
    const start = truthy(start_date) ? strptime(start_date, "%Y-%m-%d").timestamp : Number.NEGATIVE_INFINITY;
    const end = truthy(end_date) ? strptime(end_date, "%Y-%m-%d").timestamp : Number.POSITIVE_INFINITY;
    const found: PyValue[] = [];
    for (const transaction of iterate(this.transaction_history)) {
      const { timestamp } = strptime(getItem(transaction, "timestamp"), "%Y-%m-%d %H:%M:%S");
      if (start <= timestamp && timestamp <= end) found.push(transaction);
    }
    if (this.#long) callMethod(found, "extend", this.#extension("TRANSACTION_HISTORY_EXTENSION"));
    return dict({ transaction_history: found });
  }

  get_available_stocks(sector: PyValue): PyValue {
    const known = SECTORS.get(sector);
    if (known === undefined) return dict({ stock_list: [] });
    const stocks = [...iterate(known)];
    if (this.#long) callMethod(stocks, "extend", this.#extension(`${str(sector).toUpperCase()}_EXTENSION`));
    return dict({ stock_list: stocks });
  }

  filter_stocks_by_price(stocks: PyValue, min_price: PyValue, max_price: PyValue): PyValue {
    const within = (symbol: PyValue) => {
      const price = callMethod(callMethod(this.stocks, "get", symbol, new PyDict()), "get", "price", 0n);
      return ge(price, min_price) && le(price, max_price);
    };
    return dict({ filtered_stocks: [...iterate(stocks)].filter(within) });
  }

  add_to_watchlist(stock: PyValue): PyValue {
    if (!contains(this.watch_list, stock) && contains(this.stocks, stock)) {
      callMethod(this.watch_list, "append", stock);
    }
    return dict({ watchlist: this.watch_list });
  }

  notify_price_change(stocks: PyValue, threshold: PyValue): PyValue {
    const changed = [...iterate(stocks)].filter(
      (symbol) =>
        contains(this.stocks, symbol) && ge(abs(getItem(getItem(this.stocks, symbol), "percent_change")), threshold),
    );
    if (changed.length === 0) {
      return dict({ notification: "No significant price changes in the selected stocks." });
    }
    return dict({ notification: `Stocks ${join(", ", changed)} have significant price changes.` });
  }

  #recorded(type: string, amount: PyValue, status: string): PyValue {
    callMethod(this.transaction_history, "append", dict({ type, amount, timestamp: this.#timestamp() }));
    return dict({ status, new_balance: getItem(this.account_info, "balance") });
  }

  /** A second of the coming day, its end included; the zone of the official process cancels out. */
  #timestamp(): string {
    const start = BigInt(NOW.timestamp);
    return PyDateTime.fromTimestamp(Number(this.#random.randint(start, start + BigInt(DAY)))).toString();
  }

  /** A copy, because a result may be kept and changed while the extension belongs to all instances. */
  #extension(name: string): PyValue {
    return deepCopy(this.#constant(name));
  }

  #constant(name: string): PyValue {
    const value = this.#long?.get(name);
    if (value === undefined) throw keyError(name);
    return value;
  }
}

function absent(scenario: PyDict, name: Parameters<typeof defaultState>[0]): PyValue {
  return scenario.has(name) ? null : defaultState(name);
}

/** Keys that are text of digits become ints: JSON has no other way to write them. */
function withIntKeys(orders: PyValue): PyDict {
  return PyDict.of(
    itemsOf(orders).map(([key, order]) => [typeof key === "string" && isDigit(key) ? toInt(key) : key, order] as const),
  );
}

export const tradingBot = defineApi("TradingBot", (scenario, context) => new TradingBotApi(scenario, context), {
  add_to_watchlist: "(stock)",
  cancel_order: "(order_id)",
  filter_stocks_by_price: "(stocks, min_price, max_price)",
  fund_account: "(amount)",
  get_account_info: "()",
  get_available_stocks: "(sector)",
  get_current_time: "()",
  get_order_details: "(order_id)",
  get_order_history: "()",
  get_stock_info: "(symbol)",
  get_symbol_by_name: "(name)",
  get_transaction_history: "(start_date=None, end_date=None)",
  get_watchlist: "()",
  notify_price_change: "(stocks, threshold)",
  place_order: "(order_type, symbol, price, amount)",
  remove_stock_from_watchlist: "(symbol)",
  trading_get_login_status: "()",
  trading_login: "(username, password)",
  trading_logout: "()",
  withdraw_funds: "(amount)",
});
