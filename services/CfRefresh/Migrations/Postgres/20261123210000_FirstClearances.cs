using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace GrokForge.CfRefresh.Migrations.Postgres
{
    /// <inheritdoc />
    public partial class FirstClearances : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.EnsureSchema(
                name: "clearance");

            migrationBuilder.CreateTable(
                name: "clearances",
                schema: "clearance",
                columns: table => new
                {
                    egress = table.Column<string>(type: "character varying(300)", maxLength: 300, nullable: false),
                    site = table.Column<string>(type: "text", nullable: false),
                    attempts = table.Column<long>(type: "bigint", nullable: false),
                    version = table.Column<long>(type: "bigint", nullable: false),
                    cookies = table.Column<byte[]>(type: "bytea", nullable: false),
                    user_agent = table.Column<string>(type: "text", nullable: false),
                    browser = table.Column<string>(type: "text", nullable: false),
                    solved_at = table.Column<long>(type: "bigint", nullable: false),
                    failed_at = table.Column<long>(type: "bigint", nullable: false),
                    error = table.Column<string>(type: "character varying(300)", maxLength: 300, nullable: false),
                    failures = table.Column<int>(type: "integer", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_clearances", x => x.egress);
                });
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropTable(
                name: "clearances",
                schema: "clearance");
        }
    }
}
