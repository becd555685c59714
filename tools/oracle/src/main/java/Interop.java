import java.time.Duration;
import java.util.Map;
import java.util.Properties;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.Serde;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.common.utils.Bytes;
import org.apache.kafka.streams.*;
import org.apache.kafka.streams.CloseOptions;
import org.apache.kafka.streams.kstream.*;
import org.apache.kafka.streams.processor.StateRestoreListener;
import org.apache.kafka.streams.state.*;

/**
 * Runs on a broker the application that libs/streams/src/test/interop/topology.ts draws, until standard input ends:
 * java -cp target/oracle.jar:target/lib/* Interop BOOTSTRAP APPLICATION_ID STATE_DIR. Says on standard output in which state it
 * is, and how many records each store was restored from.
 */
public class Interop {
  static final Serde<String> S = Serdes.String();

  static <T extends org.apache.kafka.streams.processor.StateStore> Materialized<String, Long, T> counts(String store) {
    return Materialized.<String, Long, T>as(store).withKeySerde(S).withValueSerde(Serdes.Long());
  }

  static Materialized<String, String, KeyValueStore<Bytes, byte[]>> table(String store) {
    return Materialized.<String, String, KeyValueStore<Bytes, byte[]>>as(store).withKeySerde(S).withValueSerde(S);
  }

  static Topology topology() {
    StreamsBuilder b = new StreamsBuilder();
    Consumed<String, String> consumed = Consumed.with(S, S);
    KStream<String, String> plays = b.stream("plays", consumed);
    KGroupedStream<String, String> bySong = plays.groupBy((user, song) -> song, Grouped.with("by-song", S, S));
    bySong.count(counts("per-song")).toStream().to("song-counts", Produced.with(S, Serdes.Long()));
    KTable<Windowed<String>, Long> windows = bySong
        .windowedBy(TimeWindows.ofSizeAndGrace(Duration.ofMillis(1000), Duration.ofMillis(500))).count(counts("per-window"));
    Serde<Windowed<String>> windowed = WindowedSerdes.timeWindowedSerdeFrom(String.class, 1000);
    windows.toStream().to("window-counts", Produced.with(windowed, Serdes.Long()));
    windows.suppress(Suppressed.untilWindowCloses(Suppressed.BufferConfig.unbounded()).withName("open"))
        .toStream().to("closed-windows", Produced.with(windowed, Serdes.Long()));
    plays.groupByKey(Grouped.with(S, S)).windowedBy(SessionWindows.ofInactivityGapAndGrace(Duration.ofMillis(300), Duration.ofMillis(5000)))
        .count(counts("per-session")).toStream()
        .to("session-counts", Produced.with(WindowedSerdes.sessionWindowedSerdeFrom(String.class), Serdes.Long()));
    KTable<String, String> users = b.table("users", consumed, table("users"));
    plays.leftJoin(users, (song, user) -> song + "|" + user, Joined.with(S, S, S)).to("named", Produced.with(S, S));
    plays.leftJoin(b.stream("likes", consumed), (song, like) -> song + "|" + like,
        JoinWindows.ofTimeDifferenceAndGrace(Duration.ofMillis(200), Duration.ofMillis(500)),
        StreamJoined.with(S, S, S).withName("liked").withStoreName("liked")).to("liked", Produced.with(S, S));
    users.join(b.table("plans", consumed, table("plans")), user -> user.substring(0, user.indexOf(':')), (user, plan) -> user + "|" + plan,
        TableJoined.as("planned"), Materialized.with(S, S)).toStream().to("planned", Produced.with(S, S));
    users.groupBy((name, user) -> KeyValue.pair(user.substring(0, user.indexOf(':')), name), Grouped.with("by-plan", S, S))
        .aggregate(() -> "", (plan, name, all) -> all + "+" + name, (plan, name, all) -> all + "-" + name, table("per-plan"))
        .toStream().to("plan-users", Produced.with(S, S));
    return b.build();
  }

  public static void main(String[] a) throws Exception {
    Properties p = new Properties();
    p.put(StreamsConfig.BOOTSTRAP_SERVERS_CONFIG, a[0]);
    p.put(StreamsConfig.APPLICATION_ID_CONFIG, a[1]);
    p.put(StreamsConfig.STATE_DIR_CONFIG, a[2]);
    p.put(StreamsConfig.PROCESSING_GUARANTEE_CONFIG, StreamsConfig.EXACTLY_ONCE_V2);
    p.put(StreamsConfig.COMMIT_INTERVAL_MS_CONFIG, 50);
    // What was read stays in repartition topics, to be read by others.
    p.put(StreamsConfig.REPARTITION_PURGE_INTERVAL_MS_CONFIG, 3_600_000);
    p.put(ConsumerConfig.AUTO_OFFSET_RESET_CONFIG, "earliest");
    p.put("__emit.interval.ms.kstreams.outer.join.spurious.results.fix__", 0L);
    Topology topology = topology();
    System.out.println(topology.describe());
    KafkaStreams streams = new KafkaStreams(topology, p);
    streams.setStateListener((now, before) -> System.out.println("STATE " + now));
    streams.setUncaughtExceptionHandler(error -> {
      error.printStackTrace(System.out);
      return org.apache.kafka.streams.errors.StreamsUncaughtExceptionHandler.StreamThreadExceptionResponse.SHUTDOWN_CLIENT;
    });
    streams.setGlobalStateRestoreListener(new StateRestoreListener() {
      public void onRestoreStart(TopicPartition partition, String store, long from, long to) {}
      public void onBatchRestored(TopicPartition partition, String store, long end, long count) {}
      public void onRestoreEnd(TopicPartition partition, String store, long total) {
        System.out.println("RESTORED " + store + " " + total);
      }
    });
    streams.start();
    while (System.in.read() >= 0);
    // The next application is of another kind, which may not join while a member of this one is there.
    streams.close(CloseOptions.timeout(Duration.ofSeconds(30)).withGroupMembershipOperation(CloseOptions.GroupMembershipOperation.LEAVE_GROUP));
    System.out.println("CLOSED");
  }
}
