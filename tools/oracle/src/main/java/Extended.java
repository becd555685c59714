import com.fasterxml.jackson.databind.JsonNode;
import java.time.Duration;
import java.time.Instant;
import java.util.*;
import java.util.function.Function;
import org.apache.kafka.common.serialization.*;
import org.apache.kafka.common.utils.Bytes;
import org.apache.kafka.streams.*;
import org.apache.kafka.streams.kstream.*;
import org.apache.kafka.streams.processor.PunctuationType;
import org.apache.kafka.streams.processor.api.Processor;
import org.apache.kafka.streams.processor.api.ProcessorContext;
import org.apache.kafka.streams.processor.api.Record;
import org.apache.kafka.streams.state.*;

/** Nodes beyond those of cases.json: what they are made of is in libs/streams/src/test/conformance/extended-cases.ts. */
class Extended {
  static final Serde<String> S = Serdes.String();
  static final Grouped<String, String> G = Grouped.with(S, S);
  static final ValueJoiner<String, String, String> J = (l, r) -> l + "|" + r;

  final StreamsBuilder b;
  final Map<String, GlobalKTable<String, String>> globals = new HashMap<>();
  Function<String, KStream<String, String>> stream;
  Function<String, KTable<String, String>> table;
  /** For names. */
  int made = 0;

  Extended(StreamsBuilder b) { this.b = b; }

  static Materialized<String, String, KeyValueStore<Bytes, byte[]>> kept() { return Materialized.with(S, S); }

  KStream<String, String> build(JsonNode n, Function<String, KStream<String, String>> stream, Function<String, KTable<String, String>> table) {
    this.stream = stream;
    this.table = table;
    String out = n.get("out").asText();
    switch (n.get("op").asText()) {
      case "cogroup": return cogroup(n);
      case "globalTableJoin": {
        GlobalKTable<String, String> g = globals.computeIfAbsent(n.get("right").asText(),
            x -> b.globalTable(x, Consumed.with(S, S), Materialized.<String, String, KeyValueStore<Bytes, byte[]>>as(x + "-global").withKeySerde(S).withValueSerde(S)));
        KStream<String, String> l = stream.apply(n.get("left").asText());
        KeyValueMapper<String, String, String> key = (k, v) -> prefix(v);
        return n.path("type").asText().equals("left") ? l.leftJoin(g, key, J) : l.join(g, key, J);
      }
      case "unlimitedWindow":
        return stream.apply(n.get("in").asText()).groupByKey(G)
            .windowedBy(UnlimitedWindows.of().startOn(Instant.ofEpochMilli(n.path("startMs").asLong())))
            .aggregate(() -> "", (k, v, a) -> Oracle.add(n, v, a), Materialized.<String, String, WindowStore<Bytes, byte[]>>with(S, S))
            .toStream((w, v) -> w.key() + "@" + w.window().start());
      case "process": {
        String store = out + "-counts";
        b.addStateStore(Stores.keyValueStoreBuilder(Stores.inMemoryKeyValueStore(store), S, S));
        return stream.apply(n.get("in").asText()).process(() -> new Counting(n, store), store);
      }
      case "tableOps": {
        KTable<String, String> t = table.apply(n.get("in").asText());
        int i = 0;
        for (JsonNode op : n.get("ops")) t = tableOp(t, op.asText(), n.path("stored").asBoolean() ? out + "-" + i++ : null);
        return t.toStream();
      }
      case "streamOps": {
        KStream<String, String> s = stream.apply(n.get("in").asText());
        for (JsonNode op : n.get("ops")) s = streamOp(s, op.asText(), n);
        return s;
      }
      default: throw new IllegalArgumentException("op " + n.get("op"));
    }
  }

  /** What stands before a colon; null without one. */
  static String prefix(String v) { return v != null && v.contains(":") ? v.substring(0, v.indexOf(':')) : null; }

  KStream<String, String> cogroup(JsonNode n) {
    CogroupedKStream<String, String> c = stream.apply(n.get("left").asText()).groupByKey(G).<String>cogroup((k, v, a) -> a + "<" + v)
        .cogroup(stream.apply(n.get("right").asText()).groupByKey(G), (k, v, a) -> a + ">" + v);
    if (n.has("sizeMs"))
      return Oracle.flat(c.windowedBy(TimeWindows.ofSizeAndGrace(Oracle.ms(n, "sizeMs", 0), Oracle.ms(n, "graceMs", 0)))
          .aggregate(() -> "", Materialized.<String, String, WindowStore<Bytes, byte[]>>with(S, S)));
    if (n.has("gapMs"))
      return Oracle.flat(c.windowedBy(SessionWindows.ofInactivityGapAndGrace(Oracle.ms(n, "gapMs", 0), Oracle.ms(n, "graceMs", 0)))
          .aggregate(() -> "", (k, one, other) -> one + other, Materialized.<String, String, SessionStore<Bytes, byte[]>>with(S, S)));
    return c.aggregate(() -> "", kept()).toStream();
  }

  static KTable<String, String> tableOp(KTable<String, String> t, String op, String store) {
    Materialized<String, String, KeyValueStore<Bytes, byte[]>> m =
        store == null ? null : Materialized.<String, String, KeyValueStore<Bytes, byte[]>>as(store).withKeySerde(S).withValueSerde(S);
    switch (op) {
      case "filter": return m == null ? t.filter((k, v) -> v.contains(":")) : t.filter((k, v) -> v.contains(":"), m);
      case "filterNot": return m == null ? t.filterNot((k, v) -> v.contains(":")) : t.filterNot((k, v) -> v.contains(":"), m);
      case "mapValues": return m == null ? t.mapValues((k, v) -> k + "=" + v) : t.mapValues((k, v) -> k + "=" + v, m);
      case "transformValues": {
        ValueTransformerWithKeySupplier<String, String, String> x = () -> new ValueTransformerWithKey<>() {
          public void init(org.apache.kafka.streams.processor.ProcessorContext c) { }
          public String transform(String k, String v) { return v == null ? null : v + "~" + v.length(); }
          public void close() { }
        };
        return m == null ? t.transformValues(x) : t.transformValues(x, m);
      }
      default: throw new IllegalArgumentException("table op " + op);
    }
  }

  KStream<String, String> streamOp(KStream<String, String> s, String op, JsonNode n) {
    switch (op) {
      case "filter": return s.filter((k, v) -> v != null && v.contains(":"));
      case "filterNot": return s.filterNot((k, v) -> v != null && v.contains(":"));
      case "map": return s.map((k, v) -> KeyValue.pair(v, k));
      case "mapValues": return s.mapValues((k, v) -> k + "=" + v);
      case "flatMap": return s.flatMap((k, v) -> v == null ? List.of() : List.of(KeyValue.pair(v, k), KeyValue.pair(k, v)));
      case "flatMapValues": return s.flatMapValues(v -> v == null ? List.of() : Arrays.asList(v, null, v + "'"));
      case "selectKey": return s.selectKey((k, v) -> prefix(v));
      case "merge": return s.merge(stream.apply(n.get("right").asText()));
      case "branch": {
        String p = "split-" + made++;
        Map<String, KStream<String, String>> m = s.split(Named.as(p))
            .branch((k, v) -> v != null && v.contains(":"), Branched.as("-colon")).defaultBranch(Branched.as("-none"));
        return m.get(p + "-none").mapValues(v -> "none " + v).merge(m.get(p + "-colon").mapValues(v -> "colon " + v));
      }
      case "repartition": return s.repartition(Repartitioned.with(S, S));
      case "toTable": return s.toTable(Materialized.<String, String, KeyValueStore<Bytes, byte[]>>as("table-" + made++).withKeySerde(S).withValueSerde(S)).toStream();
      case "groupByKey": return s.groupByKey(G).aggregate(() -> "", (k, v, a) -> a + "[" + v + "]", kept()).toStream();
      default: throw new IllegalArgumentException("stream op " + op);
    }
  }

  /** Counts each key's records; a punctuation says all counts. */
  static class Counting implements Processor<String, String, String, String> {
    final JsonNode n;
    final String name;
    ProcessorContext<String, String> context;
    KeyValueStore<String, String> counts;

    Counting(JsonNode n, String name) {
      this.n = n;
      this.name = name;
    }

    public void init(ProcessorContext<String, String> c) {
      context = c;
      counts = c.getStateStore(name);
      if (n.has("streamEveryMs")) c.schedule(Duration.ofMillis(n.get("streamEveryMs").asLong()), PunctuationType.STREAM_TIME, t -> tell("s", t));
      if (n.has("wallEveryMs")) c.schedule(Duration.ofMillis(n.get("wallEveryMs").asLong()), PunctuationType.WALL_CLOCK_TIME, t -> tell("w", t));
    }

    void tell(String kind, long time) {
      try (KeyValueIterator<String, String> all = counts.all()) {
        while (all.hasNext()) {
          KeyValue<String, String> kv = all.next();
          context.forward(new Record<>(kv.key, kind + kv.value, time));
        }
      }
    }

    public void process(Record<String, String> r) {
      if (r.key() == null) {
        context.forward(r.withValue(r.value() + "#"));
        return;
      }
      String before = counts.get(r.key());
      String now = String.valueOf(Long.parseLong(before == null ? "0" : before) + 1);
      counts.put(r.key(), now);
      context.forward(r.withValue(r.value() + "#" + now));
    }
  }
}
