// The Python module glassworks._native: the only file that knows Python.
#include <nanobind/nanobind.h>
#include <nanobind/stl/shared_ptr.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/tuple.h>
#include <nanobind/stl/vector.h>

#include <algorithm>
#include <chrono>
#include <stdexcept>
#include <thread>

#if !defined(_WIN32)
#include <pthread.h>
#endif

#include "images/projection.h"
#include "program/check.h"
#include "program/executor.h"
#include "text/words.h"

namespace nb = nanobind;
using namespace glassworks;
using nb::literals::operator""_a;

namespace {

// Who is inside the core, without the GIL. All but `depth` is touched only with the GIL held.
int inside = 0;              // calls of all threads
thread_local int depth = 0;  // calls of this thread, one within the other
bool ending = false;         // whether the interpreter is about to shut down, on the thread `last`
std::thread::id last;

// Lets other threads run Python while this one is inside the core. A thread that asks for the GIL while the interpreter
// shuts down is ended by Python before 3.14, which unwinds its stack; C++ frames do not allow that and abort the
// process. So the interpreter waits until nobody is inside (`wait_for_those_inside`), and a thread that comes after
// that is ended by SystemExit, which is not reported.
class Released {
 public:
  Released() {
    if (ending && std::this_thread::get_id() != last) {
      PyErr_SetNone(PyExc_SystemExit);
      throw nb::python_error();
    }
    ++inside;
    ++depth;
    state_ = PyEval_SaveThread();
  }
  ~Released() {
    PyEval_RestoreThread(state_);
    --inside;
    --depth;
  }
  Released(const Released&) = delete;

 private:
  PyThreadState* state_;
};

// At exit. What takes longer than the limit is a Python op that waits for something: the process need not wait for it
// too.
void wait_for_those_inside() {
  ending = true;
  last = std::this_thread::get_id();
  const auto limit = std::chrono::steady_clock::now() + std::chrono::seconds(10);
  while (inside > 0 && std::chrono::steady_clock::now() < limit) {
    nb::gil_scoped_release released;
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
}

// The memory of an object that has some (a NumPy array, contiguous). The caller keeps the object alive.
class Memory {
 public:
  Memory(nb::handle object, bool writable) {
    if (PyObject_GetBuffer(object.ptr(), &view_, writable ? PyBUF_CONTIG : PyBUF_CONTIG_RO) != 0)
      throw nb::python_error();
  }
  ~Memory() { PyBuffer_Release(&view_); }
  Memory(const Memory&) = delete;
  char* data() const { return static_cast<char*>(view_.buf); }
  int64_t bytes() const { return view_.len; }

 private:
  Py_buffer view_;
};

// An index that the planner gives, which must be one of `count`.
template <class Index>
Index checked(Index index, int64_t count, const char* what) {
  if (index < 0 || index >= count) throw std::out_of_range(std::string("the program has no such ") + what);
  return index;
}

const KernelInfo& kernel_named(const std::string& name) {
  const KernelInfo* kernel = find_kernel(name);
  if (!kernel) throw std::invalid_argument("unknown kernel " + name);
  return *kernel;
}

const KernelInfo* kernel_of_kind(const std::string& name, KernelKind kind, const char* what) {
  const KernelInfo& kernel = kernel_named(name);
  if (kernel.entry->kind != kind) throw std::invalid_argument(name + " is not a " + what);
  return &kernel;
}

// What a task needs for these integers; also asked by the planner before it makes a station.
Needs task_needs(const KernelInfo& kernel, const std::vector<int64_t>& int_args) {
  if (kernel.entry->kind != KernelKind::task) throw std::invalid_argument(kernel.name + " is not a task");
  check_integers(kernel, int_args);
  return kernel.entry->task_needs(int_args.data());
}

void add_instruction(Station& s, const std::string& name, Form extent, const std::vector<View>& outputs,
                     const std::vector<View>& inputs) {
  const KernelInfo& kernel = kernel_named(name);
  if (!kernel.entry->kernel) throw std::invalid_argument(name + " is not an instruction");
  if (inputs.size() != kernel.inputs.size() || outputs.size() != kernel.outputs.size())
    throw std::invalid_argument(name + " has other operands than it reads and fills");
  Instruction instruction;
  instruction.kernel = kernel.entry->kernel;
  instruction.extent = extent;
  instruction.out = outputs.front();
  instruction.in = inputs;
  instruction.in.insert(instruction.in.end(), outputs.begin() + 1, outputs.end());
  if (instruction.in.size() > most_inputs) throw std::invalid_argument(name + " has too many operands");
  s.instructions.push_back(std::move(instruction));
}

void bind(Program& p, int32_t buffer, nb::handle array, int64_t bytes, bool writable) {
  const Memory memory(array, writable);
  if (memory.bytes() != bytes) throw std::invalid_argument("the array has another size than the buffer");
  p.set_buffer(checked(buffer, p.buffer_count(), "buffer"), memory.data());
}

bool run(Program& p, bool timed) {
  Released released;
  return p.run(timed);
}

// Bind arrays to the buffers that `set_call` named, inputs before outputs, and run once.
bool call(Program& p, nb::args arrays) {
  const auto& operands = p.call_operands;
  if (arrays.size() != operands.size()) throw std::invalid_argument("a call wants one array per input and output");
  for (size_t i = 0; i < operands.size(); ++i) {
    const Memory memory(arrays[i], operands[i].writable);
    if (memory.bytes() != operands[i].bytes) throw std::invalid_argument("the array has another size than the buffer");
    p.set_buffer(operands[i].buffer, memory.data());
  }
  Released released;
  return p.run(false);
}

// A feed is (buffer, array, bytes of a row).
using FeedTuple = std::tuple<int32_t, nb::object, int64_t>;

int64_t run_steps(Program& p, const std::vector<FeedTuple>& tuples, nb::object rows, int64_t first, int64_t batch_size,
                  int64_t steps, double seconds, bool timed) {
  std::vector<std::unique_ptr<Memory>> held;
  std::vector<Feed> feeds;
  int64_t available = INT64_MAX;
  for (const auto& [buffer, array, row_bytes] : tuples) {
    held.push_back(std::make_unique<Memory>(array, false));
    feeds.push_back({held.back()->data(), checked(buffer, p.buffer_count(), "buffer"), row_bytes});
    if (row_bytes) available = std::min(available, held.back()->bytes() / row_bytes);
  }
  const int64_t* order = nullptr;
  if (first < 0 || batch_size < 0 || steps < 0) throw std::out_of_range("rows are counted from 0");
  const int64_t last = first + steps * batch_size;
  if (!rows.is_none()) {
    held.push_back(std::make_unique<Memory>(rows, false));
    order = reinterpret_cast<const int64_t*>(held.back()->data());
    if (held.back()->bytes() < last * 8) throw std::out_of_range("more steps than rows");
    for (int64_t i = first; i < last; ++i)
      if (order[i] < 0 || order[i] >= available) throw std::out_of_range("a row outside the data");
  } else if (last > available) {
    throw std::out_of_range("more steps than rows");
  }
  Released released;
  return p.run_steps(feeds, order, first, batch_size, steps, seconds, timed);
}

void describe_kernels(nb::module_& m) {
  nb::enum_<KernelKind>(m, "KernelKind", "What a kernel does with a space of rows and columns.")
      .value("elementwise", KernelKind::elementwise, "an element from the elements at the same position")
      .value("reduce_columns", KernelKind::reduce_columns, "a number from each row")
      .value("reduce_rows", KernelKind::reduce_rows, "a number from each column, perhaps in parts of the rows")
      .value("rowwise", KernelKind::rowwise, "whole rows from whole rows")
      .value("expand", KernelKind::expand, "a row from a number")
      .value("generate", KernelKind::generate, "an element from its position")
      .value("head", KernelKind::head, "fills the tile that instructions then work on")
      .value("task", KernelKind::task, "cuts its work in its own way");
  nb::class_<Argument>(
      m, "Argument",
      "An operand or integer of a kernel: one, an array of `count`, or a list as long as `counted_by` says.")
      .def_ro("name", &Argument::name)
      .def_ro("count", &Argument::count)
      .def_ro("counted_by", &Argument::counted_by, "The integer that gives the length of a list, or an empty text.");
  nb::class_<Needs>(m, "Needs", "What a task needs beside its operands.")
      .def_ro("tiles", &Needs::tiles)
      .def_ro("workspace_bytes", &Needs::workspace_bytes)
      .def_ro("possible", &Needs::possible, "Whether the kernel can do what its integers ask for.");
  nb::class_<KernelInfo>(m, "Kernel", "A line of the table of kernels.")
      .def_ro("name", &KernelInfo::name)
      .def_ro("op", &KernelInfo::op, "The name without dtypes.")
      .def_ro("dtypes", &KernelInfo::dtypes)
      .def_prop_ro("kind", [](const KernelInfo& k) { return k.entry->kind; })
      .def_ro("inputs", &KernelInfo::inputs)
      .def_ro("outputs", &KernelInfo::outputs)
      .def_ro("int_args", &KernelInfo::int_args)
      .def_ro("float_args", &KernelInfo::float_args)
      .def("needs", &task_needs, "int_args"_a,
           "What a task needs for these integers, which are in the order of `int_args`.");
  m.def(
      "kernels",
      [] {
        std::vector<const KernelInfo*> all;
        for (const KernelInfo& info : kernel_infos()) all.push_back(&info);
        return all;
      },
      nb::rv_policy::reference, "The table of kernels of the instruction set in use.");
  // Sizes that the planner must know.
  m.attr("ALIGNMENT") = alignment;
  m.attr("MOST_OPERANDS") = most_operands;
  m.attr("MOST_AXES") = most_axes;
  m.attr("MOST_AHEAD") = most_ahead;
  m.attr("MOST_WINDOW_LINES") = most_window_lines;
}

void describe_stations(nb::module_& m) {
  nb::enum_<Form>(m, "Form", "How a value lies in a space of rows and columns.")
      .value("full", Form::full)
      .value("row", Form::row)
      .value("column", Form::column)
      .value("scalar", Form::scalar)
      .value("part", Form::part);
  nb::enum_<Kind>(m, "StationKind")
      .value("tiles", Kind::tiles)
      .value("copy", Kind::copy)
      .value("gather", Kind::gather)
      .value("scatter", Kind::scatter)
      .value("python", Kind::python)
      .value("task", Kind::task);
  nb::class_<View>(m, "View", "An operand: a buffer, or a slot of scratch memory, and how it lies in the space.")
      .def(
          "__init__",
          [](View* view, int32_t buffer, int32_t slot, Form form, int32_t item) {
            new (view) View{buffer, slot, form, item};
          },
          "buffer"_a = -1, "slot"_a = -1, "form"_a = Form::full, "item"_a = 4);
  nb::class_<Station>(m, "Station")
      .def(nb::init<>())
#define GW_FIELD(name) .def_rw(#name, &Station::name)
          GW_FIELD(kind) GW_FIELD(parallel) GW_FIELD(tiles) GW_FIELD(cost) GW_FIELD(seconds) GW_FIELD(runs)
              GW_FIELD(batch) GW_FIELD(rows) GW_FIELD(columns) GW_FIELD(tile_rows) GW_FIELD(tile_columns)
                  GW_FIELD(chunk_rows) GW_FIELD(slot_offsets) GW_FIELD(a) GW_FIELD(b) GW_FIELD(product_buffer)
                      GW_FIELD(product_item) GW_FIELD(k) GW_FIELD(a_row) GW_FIELD(a_k) GW_FIELD(b_k) GW_FIELD(b_column)
                          GW_FIELD(a_batch) GW_FIELD(b_batch) GW_FIELD(block_stride) GW_FIELD(rate) GW_FIELD(ahead)
                              GW_FIELD(source) GW_FIELD(target) GW_FIELD(indices) GW_FIELD(item) GW_FIELD(index_item)
                                  GW_FIELD(source_offset) GW_FIELD(shape) GW_FIELD(source_strides)
                                      GW_FIELD(target_strides) GW_FIELD(table_rows) GW_FIELD(count) GW_FIELD(width)
                                          GW_FIELD(callback) GW_FIELD(operands) GW_FIELD(index_tables)
                                              GW_FIELD(int_args) GW_FIELD(float_args)
#undef GW_FIELD
      .def(
          "use_product",
          [](Station& s, bool is_float64) {
            s.product = is_float64 ? kernels().product_float64 : kernels().product_float32;
          },
          "is_float64"_a)
      .def(
          "use_rank_one",
          [](Station& s, bool is_float64) {
            s.product = is_float64 ? kernels().rank_one_float64 : kernels().rank_one_float32;
          },
          "is_float64"_a)
      .def(
          "use_head",
          [](Station& s, const std::string& name) { s.head = kernel_of_kind(name, KernelKind::head, "head"); },
          "kernel"_a)
      .def(
          "use_task",
          [](Station& s, const std::string& name) { s.task = kernel_of_kind(name, KernelKind::task, "task"); },
          "kernel"_a)
      .def(
          "use_accumulate",
          [](Station& s, const std::string& name) {
            s.accumulate = kernel_of_kind(name, KernelKind::elementwise, "sum")->entry->kernel;
          },
          "kernel"_a)
      .def("add", &add_instruction, "kernel"_a, "extent"_a, "outputs"_a, "inputs"_a, "Add an instruction.");
}

void project_images(nb::handle images, nb::handle transforms, nb::handle result, const std::vector<int64_t>& shape,
                    Fill fill, float fill_value) {
  if (shape.size() != 4) throw std::invalid_argument("images have four axes");
  int64_t bytes = 4;
  for (const int64_t size : shape)
    if (size < 1 || __builtin_mul_overflow(bytes, size, &bytes)) throw std::invalid_argument("a size of no image");
  const Memory from(images, false), numbers(transforms, false), to(result, true);
  if (from.bytes() != bytes || to.bytes() != bytes || numbers.bytes() != shape[0] * 32)
    throw std::invalid_argument("an array has another size than the images");
  Released released;
  project(reinterpret_cast<const float*>(from.data()), reinterpret_cast<const float*>(numbers.data()),
          reinterpret_cast<float*>(to.data()), shape[0], shape[1], shape[2], shape[3], fill, fill_value);
}

// Texts in the memory of Python: their bytes end to end, and an int64 array with the place where each ends.
class HeldTexts {
 public:
  HeldTexts(nb::handle bytes, nb::handle ends) : bytes_(bytes, false), ends_(ends, false) {
    texts.bytes = {bytes_.data(), static_cast<size_t>(bytes_.bytes())};
    texts.ends = reinterpret_cast<const int64_t*>(ends_.data());
    texts.count = ends_.bytes() / 8;
    int64_t before = 0;
    for (int64_t i = 0; i < texts.count; before = texts.ends[i++])
      if (texts.ends[i] < before || texts.ends[i] > bytes_.bytes()) throw std::out_of_range("a text outside the bytes");
  }
  Texts texts;

 private:
  Memory bytes_, ends_;
};

// A table of 256 bytes, and the bytes to leave out.
Cleaning cleaning_of(const nb::bytes& table, const nb::bytes& dropped) {
  if (table.size() != 256) throw std::invalid_argument("a table has 256 bytes");
  Cleaning cleaning;
  std::copy_n(table.c_str(), 256, cleaning.byte.begin());
  cleaning.kept.fill(true);
  for (size_t i = 0; i < dropped.size(); ++i) cleaning.kept[static_cast<unsigned char>(dropped.c_str()[i])] = false;
  return cleaning;
}

// The memory of an int64 array that is filled, with room for `count` numbers.
int64_t* room_for(const Memory& memory, int64_t count) {
  if (memory.bytes() < count * 8) throw std::out_of_range("the array is too small");
  return reinterpret_cast<int64_t*>(memory.data());
}

void describe_words(nb::module_& m) {
  nb::class_<WordTable>(m, "WordTable", "Different words, numbered in the order in which they came.")
      .def(nb::init<>())
      .def("__len__", &WordTable::size)
      .def(
          "add",
          [](WordTable& words, nb::handle bytes, nb::handle ends) {
            const HeldTexts held(bytes, ends);
            for (int64_t i = 0; i < held.texts.count; ++i) words.add(held.texts[i]);
          },
          "words"_a, "ends"_a, "Add words, which lie end to end.",
          nb::sig("def add(self, words: bytes, ends: object) -> None"))
      .def(
          "count",
          [](WordTable& words, nb::handle bytes, nb::handle ends, const nb::bytes& table, const nb::bytes& dropped) {
            const HeldTexts held(bytes, ends);
            const Cleaning cleaning = cleaning_of(table, dropped);
            Released released;
            words.count(held.texts, cleaning);
          },
          "texts"_a, "ends"_a, "table"_a, "dropped"_a, "Count the words of texts, which are translated before.",
          nb::sig("def count(self, texts: bytes, ends: object, table: bytes, dropped: bytes) -> None"))
      .def(
          "look_up",
          [](const WordTable& words, nb::handle bytes, nb::handle ends, const nb::bytes& table,
             const nb::bytes& dropped, nb::handle numbers, nb::handle lengths) {
            const HeldTexts held(bytes, ends);
            const Cleaning cleaning = cleaning_of(table, dropped);
            const Memory found(numbers, true), counted(lengths, true);
            int64_t* const to = room_for(found, WordTable::most_words(held.texts));
            int64_t* const per_text = room_for(counted, held.texts.count);
            Released released;
            return words.look_up(held.texts, cleaning, to, per_text);
          },
          "texts"_a, "ends"_a, "table"_a, "dropped"_a, "numbers"_a, "lengths"_a,
          "Fill in the numbers of the words of texts, -1 for unknown ones, and how many words each text has.",
          nb::sig("def look_up(self, texts: bytes, ends: object, table: bytes, dropped: bytes, numbers: object, "
                  "lengths: object) -> int"))
      .def(
          "words",
          [](const WordTable& words) {
            std::string joined;
            for (int64_t i = 0; i < words.size(); ++i) joined.append(words.word(i)).push_back(' ');
            return nb::bytes(joined.data(), joined.size());
          },
          "The words, each with a space behind it.")
      .def(
          "counts",
          [](const WordTable& words, nb::handle counts, nb::handle texts) {
            const Memory counted(counts, true), with(texts, true);
            int64_t *const all = room_for(counted, words.size()), *const found = room_for(with, words.size());
            for (int64_t i = 0; i < words.size(); ++i) {
              all[i] = words.count_of(i);
              found[i] = words.texts_with(i);
            }
          },
          "counts"_a, "texts"_a, "Fill in how often each word came, and in how many texts.",
          nb::sig("def counts(self, counts: object, texts: object) -> None"));
}

}  // namespace

NB_MODULE(_native, m) {
  nb::set_leak_warnings(false);  // a model that exists until the process ends is not a leak
  (void)Pool::instance();        // before anything can fork
#if !defined(_WIN32)
  pthread_atfork(nullptr, nullptr, [] { inside = depth; });  // the other threads did not come along
#endif
  nb::module_::import_("atexit").attr("register")(nb::cpp_function(&wait_for_those_inside));
  m.doc() = "Glassworks' native core: programs of stations, run without Python.";
  m.def("isa", [] { return std::string(kernels().isa); }, "The instruction set in use.");
  m.def("runnable_isas", &runnable_isas, "The instruction sets that this CPU can run, the best last.");
  m.def("choose_isa", &choose_kernels, "isa"_a,
        "Use this instruction set for programs made from now on; False if it cannot run.");
  m.def("vector_bytes", [] { return kernels().vector_bytes; }, "Bytes of a vector of the instruction set in use.");
  m.def(
      "panel_columns", [] { return kernels().panel_columns; },
      "Columns of float32 that a matrix product takes at a time.");
  m.def("threads", [] { return Pool::instance().threads(); }, "How many threads share the work.");
  m.def(
      "set_threads",
      [](int count) {
        Released released;
        Pool::instance().set_threads(count);
      },
      "count"_a);
  describe_kernels(m);
  describe_stations(m);
  describe_words(m);
  nb::enum_<Fill>(m, "Fill", "What lies outside of an image.")
      .value("constant", Fill::constant)
      .value("nearest", Fill::nearest)
      .value("wrap", Fill::wrap)
      .value("mirror", Fill::mirror)
      .value("reflect", Fill::reflect);
  m.def("project_images", &project_images, "images"_a, "transforms"_a, "result"_a, "shape"_a, "fill"_a, "fill_value"_a,
        "Fill in float32 images seen through projections, one for each image.",
        nb::sig("def project_images(images: object, transforms: object, result: object, shape: Sequence[int], fill: "
                "Fill, fill_value: float) -> None"));

  nb::class_<Workspace>(m, "Workspace").def(nb::init<>()).def("bytes", &Workspace::bytes);

  nb::class_<Program>(m, "Program")
      .def(nb::init<std::vector<int64_t>, int64_t, int64_t, std::shared_ptr<Workspace>>(), "sizes"_a, "arena_bytes"_a,
           "scratch_bytes"_a, "workspace"_a)
      .def("bytes", &Program::bytes)
      .def(
          "place_in_arena",
          [](Program& p, int32_t buffer, int64_t offset) {
            p.place_in_arena(checked(buffer, p.buffer_count(), "buffer"), checked(offset, p.arena_bytes(), "place"));
          },
          "buffer"_a, "offset"_a)
      .def("bind", &bind, "buffer"_a, "array"_a, "bytes"_a, "writable"_a)
      .def(
          "memory",
          [](Program& p, int32_t buffer, int64_t bytes) {
            return nb::steal(
                PyMemoryView_FromMemory(p.buffer(checked(buffer, p.buffer_count(), "buffer")), bytes, PyBUF_WRITE));
          },
          nb::keep_alive<0, 1>(), "buffer"_a, "bytes"_a,
          nb::sig("def memory(self, buffer: int, bytes: int) -> memoryview"))
      .def("add_station", &Program::add_station, "station"_a)
      .def(
          "add_wave",
          [](Program& p, std::vector<int32_t> stations) {
            for (int32_t station : stations) checked(station, p.station_count(), "station");
            p.add_wave(std::move(stations));
          },
          "stations"_a)
      .def("set_gather_waves", &Program::set_gather_waves, "waves"_a)
      .def(
          "station",
          [](Program& p, int64_t index) -> Station& { return p.station(checked(index, p.station_count(), "station")); },
          "index"_a, nb::rv_policy::reference_internal)
      .def(
          "set_callback",
          [](Program& p, nb::callable f) {
            p.callback = [f](int64_t index) {
              nb::gil_scoped_acquire acquired;
              return nb::cast<bool>(f(index));
            };
          },
          "callback"_a)
      .def("failed_station", &Program::failed_station)
      .def("run", &run, "timed"_a = false)
      .def(
          "set_call",
          [](Program& p, const std::vector<std::tuple<int32_t, int64_t, bool>>& operands, bool run_inline) {
            p.call_operands.clear();
            for (const auto& [buffer, bytes, writable] : operands)
              p.call_operands.push_back({checked(buffer, p.buffer_count(), "buffer"), bytes, writable});
            p.run_inline = run_inline;
          },
          "operands"_a, "run_inline"_a)
      .def("call", &call, "arrays"_a, nb::sig("def call(self, *arrays: object) -> bool"))
      .def("run_steps", &run_steps, "feeds"_a, "rows"_a.none(), "first"_a, "batch_size"_a, "steps"_a, "seconds"_a,
           "timed"_a = false);
}
