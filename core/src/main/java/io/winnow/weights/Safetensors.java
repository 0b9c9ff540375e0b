package io.winnow.weights;

import io.winnow.files.AtomicFile;
import io.winnow.files.FileFailure;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.bytedeco.pytorch.Device;
import org.bytedeco.pytorch.DeviceOptional;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptions;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;

/**
 * The safetensors format: tensors by name. Reading enforces every rule of the reference reader
 * (version 0.8), so that what loads here loads everywhere.
 */
public final class Safetensors {
  private Safetensors() {}

  /**
   * Reads every tensor of a file into memory of its own, in the order of the header. They belong to
   * the caller's scope.
   *
   * @throws IllegalArgumentException naming the file and what is wrong with it
   */
  public static Map<String, Tensor> read(Path file) {
    try (Reader reader = open(file)) {
      Map<String, Tensor> tensors = new LinkedHashMap<>();
      reader.names().forEach(name -> tensors.put(name, reader.tensor(name)));
      return tensors;
    }
  }

  /** Opens a file: reads and checks the header, no tensor. */
  public static Reader open(Path file) {
    try {
      FileChannel channel = FileChannel.open(file);
      try {
        return new Reader(file, channel, SafetensorsHeader.read(channel, file.toString()));
      } catch (IOException | RuntimeException e) {
        channel.close();
        throw e;
      }
    } catch (IOException e) {
      throw FileFailure.unreadable(file, e);
    }
  }

  /**
   * Writes tensors atomically, in the map's order, without gaps; the same tensors give the same
   * bytes.
   *
   * @param metadata free text by key, for example {@code format: pt}; may be empty
   */
  public static void write(Path file, Map<String, Tensor> tensors, Map<String, String> metadata) {
    byte[] header = SafetensorsHeader.bytes(tensors, metadata);
    AtomicFile.write(
        file,
        out -> {
          out.write(header);
          for (Tensor tensor : tensors.values()) {
            TensorBytes.write(tensor, out);
          }
        });
  }

  /** An open file: one tensor at a time. Several threads may share one. */
  public static final class Reader implements AutoCloseable {
    private final Path file;
    private final FileChannel channel;
    private final SafetensorsHeader header;

    private Reader(Path file, FileChannel channel, SafetensorsHeader header) {
      this.file = file;
      this.channel = channel;
      this.header = header;
    }

    /** Names in the order of the header. */
    public List<String> names() {
      return List.copyOf(header.entries().keySet());
    }

    public boolean has(String name) {
      return header.entries().containsKey(name);
    }

    /** The {@code __metadata__} of the file. */
    public Map<String, String> metadata() {
      return header.metadata();
    }

    public ScalarType dtype(String name) {
      return entry(name).type().scalarType();
    }

    public long[] shape(String name) {
      return entry(name).sizes();
    }

    /** A tensor's type and shape without its elements, on the engine's {@code meta} device. */
    Tensor described(String name) {
      TensorOptions options = new TensorOptions(dtype(name));
      Device meta = new Device(torch.DeviceType.Meta);
      return torch.empty(shape(name), options.device(new DeviceOptional(meta)), null);
    }

    /** Reads one tensor into memory of its own; it belongs to the caller's scope. */
    public Tensor tensor(String name) {
      SafetensorsHeader.Entry entry = entry(name);
      try {
        ByteSource data = new ByteSource.FileRegion(channel, header.dataStart(), header.dataSize());
        return TensorBytes.read(data, entry.begin(), entry.type(), entry.sizes());
      } catch (IOException e) {
        throw new UncheckedIOException(
            file + ": tensor " + name + " could not be read (" + FileFailure.reason(e) + ")", e);
      }
    }

    private SafetensorsHeader.Entry entry(String name) {
      SafetensorsHeader.Entry entry = header.entries().get(name);
      if (entry == null) {
        throw new IllegalArgumentException(
            file + ": has no tensor " + name + " among its " + header.entries().size());
      }
      return entry;
    }

    @Override
    public void close() {
      try {
        channel.close();
      } catch (IOException e) {
        throw new UncheckedIOException(file + ": could not be closed", e);
      }
    }
  }
}
