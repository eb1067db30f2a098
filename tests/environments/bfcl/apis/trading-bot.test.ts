import { describe, expect, test } from "bun:test";
import { ApiObject } from "../../../../src/environments/bfcl/apis/api.ts";
import { tradingBot } from "../../../../src/environments/bfcl/apis/trading-bot.ts";
import { PyDateTime } from "../../../../src/environments/bfcl/python/datetime.ts";
import { PyError } from "../../../../src/environments/bfcl/python/errors.ts";
import { loads } from "../../../../src/environments/bfcl/python/json.ts";
import { repr } from "../../../../src/environments/bfcl/python/repr.ts";
import { PyDict, type PyValue } from "../../../../src/environments/bfcl/python/values.ts";

const LONG: ReadonlyMap<string, PyValue> = new Map<string, PyValue>([
  ["MA_5_EXTENSION", [1.5, 2n]],
  ["MA_20_EXTENSION", [3n]],
  ["ORDER_DETAIL_EXTENSION", PyDict.of({ note: "about {symbol}" })],
  ["WATCH_LIST_EXTENSION", ["LONG"]],
  ["TECHNOLOGY_EXTENSION", ["TECH"]],
  ["AUTOMOBILE_EXTENSION", ["CAR"]],
  ["TRANSACTION_HISTORY_EXTENSION", [PyDict.of({ type: "deposit" })]],
]);

function bot(scenario: string, long = false): ApiObject {
  const read = loads(scenario);
  if (!(read instanceof PyDict)) throw new Error("not a dict");
  return new ApiObject(tradingBot, read, { longContext: long ? LONG : null, today: () => new PyDateTime(2030, 1, 1) });
}

/** The repr of a result, or the text of what was raised. */
function said(api: ApiObject, method: string, ...args: PyValue[]): string {
  try {
    return repr(api.call(method, args, []));
  } catch (error) {
    if (error instanceof PyError) return `${error.kind}: ${error.message}`;
    throw error;
  }
}

const state = (api: ApiObject) => new Map(api.api.publicState());
const RICH = '{"authenticated": true, "market_status": "Open", "account_info": {"balance": 1000}}';

test("order ids of digits become ints, so that the text finds nothing", () => {
  const api = bot('{"orders": {"7": {"status": "Open"}, "x1": {"status": "Open"}}}');
  expect(repr(state(api).get("orders") ?? null)).toBe("{7: {'status': 'Open'}, 'x1': {'status': 'Open'}}");
  expect(said(api, "get_order_details", "7")).toBe(
    "{'error': \"Order with ID 7 not found.Here is the list of orders_id: [7, 'x1']\"}",
  );
  expect(said(api, "cancel_order", 7)).toBe("{'order_id': 7.0, 'status': 'Cancelled'}");
  expect(said(api, "get_order_details", true)).toContain("Order with ID True not found.");
});

test("public attributes are the official ones in the official order", () => {
  expect([...state(bot("{}")).keys()].join(" ")).toBe(
    "orders account_info authenticated market_status order_counter stocks watch_list transaction_history long_context",
  );
});

describe("an order", () => {
  test("takes the counter as its id, also where that overwrites an order, and stores the price as a float", () => {
    const api = bot('{"authenticated": true}');
    expect(said(api, "place_order", "Sell", "AAPL", 3n, true)).toBe(
      "{'order_id': 12446, 'order_type': 'Sell', 'status': 'Pending', 'price': 3.0, 'amount': True}",
    );
    expect(said(api, "get_order_details", 12446n)).toBe(
      "{'id': 12446, 'order_type': 'Sell', 'symbol': 'AAPL', 'price': 3.0, 'amount': True, 'status': 'Open'}",
    );
    expect(said(api, "get_order_history")).toBe("{'history': [12345, 12446]}");
    expect(state(api).get("order_counter")).toBe(12447n);
  });

  test("of a wrong type raises what Python raises, and leaves no order behind", () => {
    const api = bot(RICH);
    expect(said(api, "place_order", "Buy", "AAPL", "9", 1n)).toBe(
      "TypeError: '<=' not supported between instances of 'str' and 'int'",
    );
    expect(said(api, "place_order", 5n, "AAPL", 9n, 1n)).toBe("AttributeError: 'int' object has no attribute 'lower'");
    expect(said(api, "place_order", "Buy", ["AAPL"], 9n, 1n)).toBe("TypeError: unhashable type: 'list'");
    expect(said(api, "place_order", "BUY", "AAPL", 1000.005, 1n)).toBe(
      "{'error': 'Insufficient funds: required $1000.00 but only $1000.00 available.'}",
    );
    expect(said(api, "get_order_history")).toBe("{'history': [12345, 12446]}");
  });
});

describe("transactions", () => {
  test("have the timestamps of the seed", () => {
    const api = bot(RICH);
    expect(said(api, "fund_account", 0.5)).toBe("{'status': 'Account funded successfully', 'new_balance': 1000.5}");
    expect(said(api, "withdraw_funds", 100n)).toBe("{'status': 'Withdrawal successful', 'new_balance': 900.5}");
    expect(said(api, "get_transaction_history")).toBe(
      "{'transaction_history': [{'type': 'deposit', 'amount': 0.5, 'timestamp': '2024-09-02 05:40:15'}, {'type': 'withdrawal', 'amount': 100, 'timestamp': '2024-09-01 12:26:34'}]}",
    );
    expect(said(api, "get_transaction_history", "2024-09-03")).toBe("{'transaction_history': []}");
    expect(said(api, "get_transaction_history", "2024-9-1", "3 Sep")).toBe(
      "ValueError: time data '3 Sep' does not match format '%Y-%m-%d'",
    );
  });

  test("change nothing where the amount is no number", () => {
    const api = bot('{"authenticated": true, "account_info": {"balance": "lots"}}');
    expect(said(api, "fund_account", 5n)).toBe('TypeError: can only concatenate str (not "int") to str');
    expect(said(api, "withdraw_funds", 5n)).toBe("{'error': 'Market is closed. Transactions are not allowed.'}");
    expect(repr(state(api).get("transaction_history") ?? null)).toBe("[]");
  });
});

test("a caller who is not logged in reads a list where others read a dict", () => {
  const api = bot("{}");
  expect(said(api, "get_watchlist")).toBe("['Error: User not authenticated. Please log in to view the watchlist.']");
  expect(said(api, "get_order_history")).toBe(
    "[{'error': 'User not authenticated. Please log in to view order history.'}]",
  );
  expect(said(api, "add_to_watchlist", "TSLA")).toBe("{'watchlist': ['NVDA', 'TSLA']}");
});

test("prices and changes are looked up symbol by symbol, also in a text", () => {
  const api = bot(
    '{"stocks": {"A": {"price": 5, "percent_change": -0.5}, "B": {"price": 7.5, "percent_change": 0.1}}}',
  );
  expect(said(api, "filter_stocks_by_price", "ABC", 0n, 6n)).toBe("{'filtered_stocks': ['A', 'C']}");
  expect(said(api, "notify_price_change", ["B", "A", "X"], 0.5)).toBe(
    "{'notification': 'Stocks A have significant price changes.'}",
  );
  expect(said(api, "notify_price_change", 3n, 1n)).toBe("TypeError: 'int' object is not iterable");
});

describe("with long context", () => {
  test("results are longer and the state stays as it was", () => {
    const api = bot('{"authenticated": true, "stocks": {"A": {"price": 5}}}', true);
    expect(said(api, "get_stock_info", "A")).toBe("{'price': 5, 'MA(5)': [1.5, 2], 'MA(20)': [3]}");
    expect(said(api, "get_order_details", 12345n)).toContain("'metadata': {'note': 'about AAPL'}}");
    expect(said(api, "get_watchlist")).toBe("['NVDA', 'LONG']");
    expect(said(api, "get_available_stocks", "Automobile")).toBe("{'stock_list': ['TSLA', 'F', 'GM', 'CAR']}");
    expect(said(api, "get_transaction_history")).toBe("{'transaction_history': [{'type': 'deposit'}]}");
    expect(repr(state(api).get("stocks") ?? null)).toBe("{'A': {'price': 5}}");
    expect(repr(state(api).get("watch_list") ?? null)).toBe("['NVDA']");
    expect(state(api).get("long_context")).toBe(true);
  });

  test("nothing that one instance is given can change what the next one gets", () => {
    const before = repr([...LONG.values()]);
    const api = bot('{"authenticated": true}', true);
    for (const value of [api.call("get_watchlist", [], []), api.call("get_available_stocks", ["Technology"], [])]) {
      const list = value instanceof PyDict ? value.get("stock_list") : value;
      if (!Array.isArray(list)) throw new Error("not a list");
      list.push("changed");
    }
    const found = api.call("get_transaction_history", [], []);
    const [first] = (found instanceof PyDict ? found.get("transaction_history") : null) as PyDict[];
    first?.set("type", "changed");
    expect(repr([...LONG.values()])).toBe(before);
    expect(said(bot("{}"), "get_available_stocks", "Technology")).toBe(
      "{'stock_list': ['AAPL', 'GOOG', 'MSFT', 'NVDA']}",
    );
  });
});
