import { describe, expect, test } from "bun:test";
import { messageApi } from "../../../../src/environments/bfcl/apis/message-api.ts";
import { eq } from "../../../../src/environments/bfcl/python/operators.ts";
import { PySet } from "../../../../src/environments/bfcl/python/values.ts";
import { calledObject } from "./call-object.ts";

const INBOX = JSON.stringify({
  current_user: "USR001",
  inbox: [{ USR002: "lunch?" }, { USR003: "ΣΟΦΟΣ" }, { USR002: "dinner?" }, { USR002: "lunch?" }],
});

describe("the ids of messages", () => {
  test("come from a generator that the class seeds alike for everyone, or the scenario by its own seed", () => {
    const send = "send_message('USR002', 'x')";
    const [one, two] = [calledObject(messageApi, INBOX), calledObject(messageApi, INBOX)];
    expect(one.said(send)).toBe(
      "{'sent_status': True, 'message_id': {'new_id': 67410}, 'message': \"Message sent to 'USR002' successfully.\"}",
    );
    expect(two.said(send)).toContain("'new_id': 67410");
    const seeded = calledObject(messageApi, '{"current_user": "USR001", "random_seed": 7}');
    expect(seeded.said(send)).toContain("'new_id': 52445");
  });

  test("are kept in a set, which is equal to another in any order", () => {
    const made = calledObject(messageApi, INBOX);
    made.said("send_message('USR002', 'x')");
    made.said("send_message('USR003', 'y')");
    const ids = made.object.api.publicState().find(([name]) => name === "generated_ids")?.[1] ?? null;
    if (!(ids instanceof PySet)) throw new Error("not a set");
    expect(ids.size).toBe(2);
    expect(eq(ids, new PySet([...ids.values()].reverse()))).toBe(true);
  });

  test("can't be added to the list that a scenario of JSON brings; nothing is sent then", () => {
    const made = calledObject(messageApi, '{"current_user": "USR001", "generated_ids": [1], "inbox": []}');
    expect(made.said("send_message('USR002', 'x')")).toBe("AttributeError: 'list' object has no attribute 'add'");
    expect(made.attribute("inbox")).toBe("[]");
    expect(made.attribute("message_count")).toBe("3");
  });
});

describe("delete_message", () => {
  test("finds the latest message to a receiver but removes the first that is equal to it", () => {
    const made = calledObject(messageApi, INBOX);
    expect(made.said("delete_message('USR002')")).toBe(
      "{'deleted_status': True, 'receiver_id': 'USR002', 'message': \"Receiver USR002's latest message deleted successfully.\"}",
    );
    expect(made.attribute("inbox")).toBe("[{'USR003': 'ΣΟΦΟΣ'}, {'USR002': 'dinner?'}, {'USR002': 'lunch?'}]");
    expect(made.attribute("message_count")).toBe("3");
    expect(made.said("delete_message(5)")).toBe("{'error': 'Receiver ID 5 not found.'}");
  });
});

describe("add_contact", () => {
  test("counts a user also when the id that follows is taken", () => {
    const made = calledObject(messageApi, '{"user_count": 2}');
    expect(made.said("add_contact('Eve')")).toBe("{'error': \"User ID 'USR003' already exists.\"}");
    expect(made.said("add_contact('Eve')")).toBe("{'error': \"User ID 'USR004' already exists.\"}");
    expect(made.said("add_contact('Eve')")).toBe(
      "{'added_status': True, 'user_id': 'USR005', 'message': \"Contact 'Eve' added successfully.\"}",
    );
    expect(made.attribute("user_count")).toBe("5");
  });

  test("takes any name that can be a key", () => {
    const made = calledObject(messageApi);
    made.said("add_contact(None)");
    expect(made.said("get_user_id(None)")).toBe("{'user_id': 'USR005'}");
    expect(made.said("add_contact([])")).toBe("TypeError: unhashable type: 'list'");
    expect(made.attribute("user_count")).toBe("5");
  });
});

test("a search lowers texts as Unicode does, and fails on a message that is no text", () => {
  const made = calledObject(messageApi, INBOX);
  expect(made.said("search_messages('σοφος')")).toBe("{'results': [{'receiver_id': 'USR003', 'message': 'ΣΟΦΟΣ'}]}");
  expect(made.said("search_messages('ΣΟΦ')")).toBe("{'results': [{'receiver_id': 'USR003', 'message': 'ΣΟΦΟΣ'}]}");
  made.said("send_message('USR004', 12)");
  expect(made.said("search_messages('x')")).toBe("AttributeError: 'int' object has no attribute 'lower'");
  expect(made.said("view_messages_sent()")).toContain("'USR004': [12]");
});

test("an empty message in the inbox is an IndexError to all that read it", () => {
  const made = calledObject(messageApi, '{"current_user": "USR001", "inbox": [{}]}');
  for (const call of ["view_messages_sent()", "get_message_stats()", "delete_message('x')", "search_messages('x')"]) {
    expect(made.said(call)).toBe("IndexError: list index out of range");
  }
});

test("two objects share nothing of the default users and inbox", () => {
  const [one, two] = [calledObject(messageApi), calledObject(messageApi)];
  one.said("add_contact('Eve')");
  one.said("message_login('USR005')");
  one.said("send_message('USR001', 'x')");
  expect(two.said("get_user_id('Eve')")).toBe("{'error': \"User 'Eve' not found in the workspace.\"}");
  expect(two.attribute("inbox")).not.toContain("USR001");
});
