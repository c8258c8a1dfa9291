/* rooms: base json file net workload inputs */
#include "fuzz/inputs.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    fuzz_input(&shelflife_input_github_action, "action.yml", (str){(const char *)data, size});
    return 0;
}
