import { describe, expect, test } from "bun:test";
import { twitterApi } from "../../../../src/environments/bfcl/apis/twitter-api.ts";
import { calledObject } from "./call-object.ts";

const FEED = JSON.stringify({
  authenticated: true,
  tweet_counter: 2,
  tweets: {
    "0": { id: 0, username: "john", content: "Fog again", tags: ["#Weather"], mentions: [] },
    "1": { id: 1, username: "mia", content: "Sun", tags: [], mentions: ["@john"] },
  },
  comments: { "1": [{ username: "bo", content: "nice" }] },
  retweets: { mia: [0] },
});

describe("the default lists of post_tweet", () => {
  test("are one list for all tweets of an object, so a mention in one is a mention in all", () => {
    const made = calledObject(twitterApi, FEED);
    made.said("post_tweet('one')");
    made.said("post_tweet('two')");
    expect(made.said("mention(2, ['@ana'])")).toBe("{'mention_status': 'Users mentioned successfully'}");
    expect(made.said("post_tweet('three')")).toBe(
      "{'id': 4, 'username': 'john', 'content': 'three', 'tags': [], 'mentions': ['@ana']}",
    );
    expect(made.said("get_tweet(3)")).toContain("'mentions': ['@ana']");
    expect(made.said("post_tweet('four', mentions=[])")).toContain("'mentions': []");
  });

  test("are not those of another object, where the official engine lets them through", () => {
    const [one, two] = [calledObject(twitterApi, FEED), calledObject(twitterApi, FEED)];
    one.said("post_tweet('one')");
    one.said("mention(2, ['@ana'])");
    expect(two.said("post_tweet('one')")).toContain("'mentions': []");
  });
});

describe("mention", () => {
  test("needs nobody logged in, and takes a text character by character", () => {
    const made = calledObject(twitterApi, FEED.replace("true", "false"));
    made.said("mention(1, 'é😀')");
    expect(made.said("get_tweet(1)")).toContain("'mentions': ['@john', 'é', '😀']");
    expect(made.said("mention(1, 5)")).toBe("TypeError: 'int' object is not iterable");
  });

  test("fails on what is no list", () => {
    const made = calledObject(twitterApi, FEED);
    made.said("post_tweet('x', [], '@ana')");
    expect(made.said("mention(2, [])")).toBe("AttributeError: 'str' object has no attribute 'extend'");
  });
});

describe("the keys of a scenario", () => {
  test("become ints for tweets and stay texts for comments, so a comment opens a list beside the loaded one", () => {
    const made = calledObject(twitterApi, FEED);
    expect(made.said("get_tweet_comments(1)")).toBe("[]");
    expect(made.said("get_tweet_comments('1')")).toBe("{'error': 'Tweet with ID 1 not found.'}");
    made.said("comment(True, 'mine')");
    expect(made.said("get_tweet_comments(1.0)")).toBe("[{'username': 'john', 'content': 'mine'}]");
    expect(made.attribute("comments")).toBe(
      "{'1': [{'username': 'bo', 'content': 'nice'}], True: [{'username': 'john', 'content': 'mine'}]}",
    );
  });
});

describe("retweets", () => {
  test("are kept as the id that was given, and counted once for equal ids", () => {
    const made = calledObject(twitterApi, FEED);
    expect(made.said("retweet(1.0)")).toBe("{'retweet_status': 'Successfully retweeted'}");
    expect(made.said("retweet(1)")).toBe("{'retweet_status': 'Already retweeted'}");
    expect(made.attribute("retweets")).toBe("{'mia': [0], 'john': [1.0]}");
    expect(made.said("get_user_stats('mia')")).toBe("{'tweet_count': 1, 'following_count': 0, 'retweet_count': 1}");
    expect(made.said("retweet([1])")).toBe("TypeError: unhashable type: 'list'");
  });
});

describe("search_tweets", () => {
  test("finds a part of the content or a whole tag, in any case", () => {
    const made = calledObject(twitterApi, FEED);
    expect(made.said("search_tweets('#WEATHER')")).toContain("'id': 0");
    expect(made.said("search_tweets('#weath')")).toBe("[]");
    expect(made.said("search_tweets('fOG')")).toContain("'id': 0");
  });

  test("looks at the tags only where the content lacks the word, and fails there on tags that are no list of texts", () => {
    const made = calledObject(twitterApi, FEED);
    made.said("post_tweet('Rain', tags=[3])");
    expect(made.said("search_tweets('rain')")).toContain("'tags': [3]");
    expect(made.said("search_tweets('z')")).toBe("AttributeError: 'int' object has no attribute 'lower'");
    made.said("post_tweet('Rain', tags=None)");
    expect(calledObject(twitterApi).said("search_tweets(5)")).toBe("[]");
    expect(made.said("search_tweets(5)")).toBe("AttributeError: 'int' object has no attribute 'lower'");
  });
});

test("following is said by value, once, and only to who is logged in", () => {
  const made = calledObject(twitterApi, '{"following_list": ["alice"]}');
  expect(made.said("follow_user('bo')")).toBe(
    "{'error': 'User not authenticated. Please authenticate before following.'}",
  );
  made.said("authenticate_twitter('john', 'john123')");
  expect(made.said("follow_user(['bo'])")).toBe("{'follow_status': True}");
  expect(made.said("follow_user(['bo'])")).toBe("{'follow_status': False}");
  expect(made.said("list_all_following()")).toBe("{'following_list': ['alice', ['bo']]}");
  expect(made.said("unfollow_user('bo')")).toBe("{'unfollow_status': False}");
});
