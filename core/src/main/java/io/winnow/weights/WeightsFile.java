package io.winnow.weights;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.bytedeco.pytorch.Tensor;

/** The forms of a weights file, told apart by the first bytes. */
enum WeightsFile {
  SAFETENSORS {
    @Override
    <T> T open(Path file, TensorSource.Use<T> use) throws IOException {
      try (Safetensors.Reader reader = Safetensors.open(file)) {
        return use.of(new SafetensorsSource(reader));
      }
    }
  },
  SHARDED {
    @Override
    <T> T open(Path file, TensorSource.Use<T> use) throws IOException {
      try (ShardedSafetensors shards = ShardedSafetensors.open(file)) {
        return use.of(shards);
      }
    }
  },
  TORCH_ZIP {
    @Override
    <T> T open(Path file, TensorSource.Use<T> use) throws IOException {
      return TorchZip.open(file, use);
    }
  },
  TORCH_LEGACY {
    @Override
    <T> T open(Path file, TensorSource.Use<T> use) throws IOException {
      return TorchLegacy.open(file, use);
    }
  };

  private static final int START = 512;
  private static final int USTAR = 257;
  private static final byte[] ZIP = {'P', 'K', 3, 4};
  private static final byte[] LEGACY = {
    (byte) 0x80,
    2,
    (byte) 0x8A,
    10,
    0x6C,
    (byte) 0xFC,
    (byte) 0x9C,
    0x46,
    (byte) 0xF9,
    0x20,
    0x6A,
    (byte) 0xA8,
    0x50,
    0x19
  };

  abstract <T> T open(Path file, TensorSource.Use<T> use) throws IOException;

  static WeightsFile detect(Path file) throws IOException {
    byte[] start;
    try (InputStream in = Files.newInputStream(file)) {
      start = in.readNBytes(START);
    }
    String name = String.valueOf(file.getFileName());
    if (begins(start, ZIP)) {
      return TORCH_ZIP;
    }
    if (begins(start, LEGACY)) {
      return TORCH_LEGACY;
    }
    if (start.length > 0 && start[0] == '{' && name.endsWith(".json")) {
      return SHARDED;
    }
    if (name.endsWith(".safetensors") || (start.length > 8 && start[8] == '{')) {
      return SAFETENSORS;
    }
    throw new IllegalArgumentException(file + ": " + unknown(start));
  }

  private static boolean begins(byte[] start, byte[] magic) {
    return start.length >= magic.length
        && Arrays.equals(start, 0, magic.length, magic, 0, magic.length);
  }

  private static String unknown(byte[] start) {
    String text = new String(start, StandardCharsets.ISO_8859_1);
    if (start.length == 0) {
      return "is empty. Fetch it again.";
    }
    if (text.startsWith("version https://git-lfs")) {
      return "is a Git LFS pointer, not the weights. Run `git lfs pull` where it came from.";
    }
    if (text.stripLeading().startsWith("<")) {
      return "is a web page, not weights; the download went wrong. Fetch it again.";
    }
    if (text.length() > USTAR && text.startsWith("ustar", USTAR)) {
      return "is a tar archive, the form of torch.save before 0.1.10, which is not read. Load it"
          + " with an old PyTorch and save it again.";
    }
    if (text.startsWith("\u0093NUMPY")) {
      return "is an npy array, not a checkpoint";
    }
    if (start[0] == (byte) 0x80) {
      return "is a bare pickle, not written by torch.save; it is never executed here. Save the"
          + " state dict with torch.save or safetensors.";
    }
    return "is none of the known forms of weights: safetensors, torch.save, TorchScript. Is it cut"
        + " short?";
  }

  /** One safetensors file as a source. */
  private record SafetensorsSource(Safetensors.Reader reader) implements TensorSource {
    @Override
    public List<String> paths() {
      return reader.names();
    }

    @Override
    public Map<String, Object> scalars() {
      return Map.of();
    }

    @Override
    public Tensor tensor(String path) {
      return reader.tensor(path);
    }

    @Override
    public Tensor described(String path) {
      return reader.described(path);
    }
  }
}
