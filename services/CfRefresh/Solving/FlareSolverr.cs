using System.Net;
using System.Net.Http.Headers;
using System.Text.Json;
using GrokForge.ServiceDefaults.Settings;

namespace GrokForge.CfRefresh.Solving;

/// <summary>Asks a FlareSolverr to open the web upstream's page in a browser, through the egress that requests use, and to tell the cookies it got there.</summary>
internal sealed class FlareSolverr(TimeProvider time) : IDisposable
{
    // An answer holds a whole page.
    private const int AnswerLimit = 5 * 1024 * 1024;

    /// <summary>What a solver may take beyond its own limit to say that it is over.</summary>
    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(30);

    // The solver is the operator's own: it is reached directly, whatever the upstream is reached by.
    private readonly HttpMessageInvoker _http = new(new SocketsHttpHandler
    {
        AllowAutoRedirect = false,
        UseCookies = false,
        UseProxy = false,
        ConnectTimeout = TimeSpan.FromSeconds(15),
        PooledConnectionLifetime = TimeSpan.FromMinutes(5),
        ActivityHeadersPropagator = null,
    });

    public async Task<Solution> SolveAsync(SolveTarget target, ProxyOptions proxy, CancellationToken cancellationToken)
    {
        var limit = proxy.SolveTimeout;
        using var patience = new CancellationTokenSource(limit + Grace, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, patience.Token);
        try
        {
            using var request = Request(target, proxy.FlareSolverrUrl, limit);
            using var response = await _http.SendAsync(request, either.Token);
            var body = await ReadAsync(response.Content, either.Token);
            return body is null
                ? Solution.Failed($"the solver's answer is longer than {AnswerLimit / 1024 / 1024} MiB")
                : SolverAnswer.Read(body.Value, response.StatusCode, target);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return Solution.Failed($"the solver gave no answer within {(limit + Grace).TotalSeconds:0} s");
        }
        catch (HttpRequestException e)
        {
            return Solution.Failed(e.HttpRequestError switch
            {
                HttpRequestError.NameResolutionError => "the solver could not be reached: its name does not resolve (proxy.flaresolverr_url)",
                HttpRequestError.ConnectionError => "the solver could not be reached: no connection (proxy.flaresolverr_url)",
                _ => "the solver ended the connection without an answer",
            });
        }
        catch (IOException)
        {
            return Solution.Failed("the solver ended the connection in the middle of its answer");
        }
    }

    public void Dispose() => _http.Dispose();

    /// <summary>http://solver:8191, http://solver:8191/ and http://solver:8191/v1 are the same one.</summary>
    internal static Uri Door(string address)
    {
        var text = address.Trim().TrimEnd('/');
        return new Uri(text.EndsWith("/v1", StringComparison.OrdinalIgnoreCase) ? text : text + "/v1");
    }

    private static HttpRequestMessage Request(SolveTarget target, string address, TimeSpan limit)
    {
        var question = new SolverQuestion("request.get", target.Site, (long)limit.TotalMilliseconds, SolverProxy.Of(target.ProxyUrl));
        var content = new ByteArrayContent(JsonSerializer.SerializeToUtf8Bytes(question, SolverJson.Default.SolverQuestion));
        content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        return new HttpRequestMessage(HttpMethod.Post, Door(address)) { Content = content, Version = HttpVersion.Version11 };
    }

    private static async Task<ReadOnlyMemory<byte>?> ReadAsync(HttpContent content, CancellationToken cancellationToken)
    {
        await using var stream = await content.ReadAsStreamAsync(cancellationToken);
        using var bytes = new MemoryStream();
        var buffer = new byte[16 * 1024];
        while (await stream.ReadAsync(buffer, cancellationToken) is var read and > 0)
        {
            bytes.Write(buffer, 0, read);
            if (bytes.Length > AnswerLimit)
                return null;
        }
        return bytes.GetBuffer().AsMemory(0, (int)bytes.Length);
    }
}
