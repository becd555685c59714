import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import org.apache.kafka.clients.producer.internals.BuiltInPartitioner;
import org.apache.kafka.common.utils.Utils;

/**
 * Prints what the Java client makes of some keys, for partitioner.test.ts. Made with kafka-clients 4.3.1:
 *
 *   java -cp kafka-clients-4.3.1.jar:slf4j-api-1.7.36.jar Vectors.java > vectors.json
 */
class Vectors {
  public static void main(String[] args) {
    List<byte[]> keys = new ArrayList<>();
    for (String key : new String[] {"", "a", "21", "foobar", "a-little-bit-long-string", "user-1", "user-00042", "song-ü", "日本語", "🎵"}) {
      keys.add(key.getBytes(StandardCharsets.UTF_8));
    }
    Random random = new Random(42);
    for (int length = 0; length < 40; length++) {
      byte[] key = new byte[length];
      random.nextBytes(key);
      keys.add(key);
    }
    StringBuilder json = new StringBuilder("[\n");
    for (byte[] key : keys) {
      if (json.length() > 2) json.append(",\n");
      json.append(String.format("  { \"key\": \"%s\", \"murmur2\": %d, \"of4\": %d, \"of7\": %d, \"of1000\": %d }",
          HexFormat.of().formatHex(key), Utils.murmur2(key), BuiltInPartitioner.partitionForKey(key, 4),
          BuiltInPartitioner.partitionForKey(key, 7), BuiltInPartitioner.partitionForKey(key, 1000)));
    }
    System.out.println(json.append("\n]"));
  }
}
