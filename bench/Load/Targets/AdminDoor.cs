using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json;

namespace GrokForge.LoadBench.Targets;

/// <summary>Gives a fresh installation what it needs to serve: upstream tokens and a key with limits.</summary>
internal sealed class AdminDoor(Uri address, string password) : IDisposable
{
    private const int Never = 1_000_000_000;

    private readonly HttpClient _client = new() { BaseAddress = address, DefaultRequestHeaders = { Authorization = new AuthenticationHeaderValue("Bearer", password) } };

    public Task ImportAsync(string pool, int count, CancellationToken cancellationToken)
    {
        var prefix = pool == "xai" ? "xai-bench" : "bench";
        return PostAsync("admin/tokens/batch", new { operation = "import", pool, tokens = Enumerable.Range(0, count).Select(i => $"{prefix}-token-{i:00000}-{Guid.NewGuid():N}") }, cancellationToken);
    }

    /// <summary>A key whose limits are counted and never reached.</summary>
    public async Task<string> CreateKeyAsync(CancellationToken cancellationToken)
    {
        var made = await PostAsync("admin/apikeys", new { name = "bench", rate_limit = Never, daily_limit = Never }, cancellationToken);
        return made.GetProperty("key").GetString()!;
    }

    public void Dispose() => _client.Dispose();

    private async Task<JsonElement> PostAsync(string path, object body, CancellationToken cancellationToken)
    {
        using var answer = await _client.PostAsJsonAsync(path, body, cancellationToken);
        var text = await answer.Content.ReadAsStringAsync(cancellationToken);
        return answer.IsSuccessStatusCode ? JsonDocument.Parse(text).RootElement : throw new InvalidOperationException($"{path}: {(int)answer.StatusCode} {text}");
    }
}
